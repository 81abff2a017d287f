/** The way from an environment to an exit code. */
@NullMarked
package global.pixell.par.launcher.boot;

import org.jspecify.annotations.NullMarked;
