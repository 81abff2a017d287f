/**
 * Tests of the files that operators deploy: the IAM documents, the scripts, the CloudFormation
 * templates, the alarms, the image and the Kubernetes manifest. Each is checked against the rules
 * of AWS and the behaviour of PAR.
 */
@NullMarked
package global.pixell.par.testkit.operations;

import org.jspecify.annotations.NullMarked;
