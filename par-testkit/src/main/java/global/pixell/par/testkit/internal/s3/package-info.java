/**
 * The S3 API: requests, authorization, one class for each operation, and the journal of requests.
 */
@NullMarked
package global.pixell.par.testkit.internal.s3;

import org.jspecify.annotations.NullMarked;
