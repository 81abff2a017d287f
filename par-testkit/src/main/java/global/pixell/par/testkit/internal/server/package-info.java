/** The complete fake S3, which receives requests and sends answers. */
@NullMarked
package global.pixell.par.testkit.internal.server;

import org.jspecify.annotations.NullMarked;
