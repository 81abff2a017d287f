/**
 * The runtime on a laptop, offline: a fake S3 with faults on demand, package builders, a JUnit 5
 * extension.
 */
@NullMarked
package global.pixell.par.testkit;

import org.jspecify.annotations.NullMarked;
