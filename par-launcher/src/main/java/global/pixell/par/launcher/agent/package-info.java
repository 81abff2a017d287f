/** What is started, with which environment, and the process itself. */
@NullMarked
package global.pixell.par.launcher.agent;

import org.jspecify.annotations.NullMarked;
