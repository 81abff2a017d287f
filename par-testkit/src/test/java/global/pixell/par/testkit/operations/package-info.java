/**
 * What operators deploy: the IAM documents, the scripts, the CloudFormation templates, the alarms,
 * the image and the Kubernetes manifest, each held against what AWS accepts and PAR really does.
 */
@NullMarked
package global.pixell.par.testkit.operations;

import org.jspecify.annotations.NullMarked;
