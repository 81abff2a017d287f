/** Names of S3: buckets, and what a host name of S3 says. */
@NullMarked
package global.pixell.par.internal.s3name;

import org.jspecify.annotations.NullMarked;
