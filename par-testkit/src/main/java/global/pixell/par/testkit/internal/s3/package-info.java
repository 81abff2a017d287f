/** The API of S3: hands each request to the room of its operation. */
@NullMarked
package global.pixell.par.testkit.internal.s3;

import org.jspecify.annotations.NullMarked;
