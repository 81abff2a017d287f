/** How the launcher says why a boot failed. */
@NullMarked
package global.pixell.par.launcher.failure;

import org.jspecify.annotations.NullMarked;
