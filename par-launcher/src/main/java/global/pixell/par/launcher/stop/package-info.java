/** How one thread tells the others to come to an end. */
@NullMarked
package global.pixell.par.launcher.stop;

import org.jspecify.annotations.NullMarked;
