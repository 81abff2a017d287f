/** A JUnit 5 extension: a fake S3 and a Par for each test. */
@NullMarked
package global.pixell.par.testkit.junit;

import org.jspecify.annotations.NullMarked;
