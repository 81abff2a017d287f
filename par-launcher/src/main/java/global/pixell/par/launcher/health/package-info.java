/** The health server. */
@NullMarked
package global.pixell.par.launcher.health;

import org.jspecify.annotations.NullMarked;
