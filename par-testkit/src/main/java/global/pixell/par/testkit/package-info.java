/** A fake S3 with faults on demand, package builders, and the real launcher for tests. */
@NullMarked
package global.pixell.par.testkit;

import org.jspecify.annotations.NullMarked;
