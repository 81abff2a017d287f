/** From a fetched package to a command, and what of a package could not start. */
@NullMarked
package global.pixell.par.launcher.agent.preparation;

import org.jspecify.annotations.NullMarked;
