/** Base classes of streams. */
@NullMarked
package global.pixell.par.testkit.internal.io;

import org.jspecify.annotations.NullMarked;
