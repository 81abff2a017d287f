/** IAM policies: read strictly, and evaluated as AWS does. Knows nothing of S3 or HTTP. */
@NullMarked
package global.pixell.par.testkit.internal.iam;

import org.jspecify.annotations.NullMarked;
