/** Requests to S3: operation, caller, permissions, body and journal. */
@NullMarked
package global.pixell.par.testkit.internal.s3.request;

import org.jspecify.annotations.NullMarked;
