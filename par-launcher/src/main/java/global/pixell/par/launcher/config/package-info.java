/** The environment of a task, checked. */
@NullMarked
package global.pixell.par.launcher.config;

import org.jspecify.annotations.NullMarked;
