/** Reads IAM policies strictly and evaluates them as AWS does. Does not depend on S3 or HTTP. */
@NullMarked
package global.pixell.par.testkit.internal.iam;

import org.jspecify.annotations.NullMarked;
