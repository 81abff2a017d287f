/**
 * Python agents: their interpreter, virtual environment, bytecode, and the host of their surfaces.
 */
@NullMarked
package global.pixell.par.launcher.agent.python;

import org.jspecify.annotations.NullMarked;
