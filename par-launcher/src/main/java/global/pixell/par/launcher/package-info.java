/** Boots one agent from the environment: the container entrypoint and the par command line. */
@NullMarked
package global.pixell.par.launcher;

import org.jspecify.annotations.NullMarked;
