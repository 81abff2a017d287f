/** Names of S3: buckets and hosts. */
@NullMarked
package global.pixell.par.internal.s3name;

import org.jspecify.annotations.NullMarked;
