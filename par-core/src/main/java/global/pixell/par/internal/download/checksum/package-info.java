/** S3's checksums of objects. */
@NullMarked
package global.pixell.par.internal.download.checksum;

import org.jspecify.annotations.NullMarked;
