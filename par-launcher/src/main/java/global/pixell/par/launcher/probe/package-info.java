/** Whether the agent is ready. */
@NullMarked
package global.pixell.par.launcher.probe;

import org.jspecify.annotations.NullMarked;
