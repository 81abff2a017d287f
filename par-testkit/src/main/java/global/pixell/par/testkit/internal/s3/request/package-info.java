/** Requests to S3: their operation, their sender and his permissions, their body, their journal. */
@NullMarked
package global.pixell.par.testkit.internal.s3.request;

import org.jspecify.annotations.NullMarked;
