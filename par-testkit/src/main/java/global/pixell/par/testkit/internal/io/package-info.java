/** Streams that others build on. */
@NullMarked
package global.pixell.par.testkit.internal.io;

import org.jspecify.annotations.NullMarked;
