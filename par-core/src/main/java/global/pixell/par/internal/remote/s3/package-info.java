/** S3 through the AWS SDK, the only room that knows it. */
@NullMarked
package global.pixell.par.internal.remote.s3;

import org.jspecify.annotations.NullMarked;
