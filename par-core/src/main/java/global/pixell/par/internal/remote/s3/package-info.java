/**
 * S3 through parts of the AWS SDK, the only room that knows it: its credentials, profiles, endpoint
 * rules, signer and HTTP client.
 */
@NullMarked
package global.pixell.par.internal.remote.s3;

import org.jspecify.annotations.NullMarked;
