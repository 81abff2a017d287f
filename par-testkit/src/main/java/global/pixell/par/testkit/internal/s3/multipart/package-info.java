/** Uploads in parts. */
@NullMarked
package global.pixell.par.testkit.internal.s3.multipart;

import org.jspecify.annotations.NullMarked;
