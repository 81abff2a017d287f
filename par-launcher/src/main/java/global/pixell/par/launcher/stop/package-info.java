/** How one thread stops the work of the others. */
@NullMarked
package global.pixell.par.launcher.stop;

import org.jspecify.annotations.NullMarked;
