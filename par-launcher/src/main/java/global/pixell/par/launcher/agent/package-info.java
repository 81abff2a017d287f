/** The agent's command, its environment and its process. */
@NullMarked
package global.pixell.par.launcher.agent;

import org.jspecify.annotations.NullMarked;
