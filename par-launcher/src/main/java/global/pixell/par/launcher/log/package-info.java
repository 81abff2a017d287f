/** The stream of JSON lines: PAR's own and the agent's. */
@NullMarked
package global.pixell.par.launcher.log;

import org.jspecify.annotations.NullMarked;
