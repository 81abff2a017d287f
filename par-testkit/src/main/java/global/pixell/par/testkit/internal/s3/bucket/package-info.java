/** The operations on buckets and their settings. */
@NullMarked
package global.pixell.par.testkit.internal.s3.bucket;

import org.jspecify.annotations.NullMarked;
