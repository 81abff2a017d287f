/** The model of S3: buckets, objects, content, checksums, responses and errors. */
@NullMarked
package global.pixell.par.testkit.internal.s3.model;

import org.jspecify.annotations.NullMarked;
