/** The fake S3 as a whole: a request comes in, an answer goes out. */
@NullMarked
package global.pixell.par.testkit.internal.server;

import org.jspecify.annotations.NullMarked;
