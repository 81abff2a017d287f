/** Turns a fetched package into a command, and checks what of a package could not start. */
@NullMarked
package global.pixell.par.launcher.agent.preparation;

import org.jspecify.annotations.NullMarked;
