/** Answers of AWS services other than S3. */
@NullMarked
package global.pixell.par.testkit.internal.service;

import org.jspecify.annotations.NullMarked;
