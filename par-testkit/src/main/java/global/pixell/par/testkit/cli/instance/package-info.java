/** The agents and servers that run now, and the commands that find them. */
@NullMarked
package global.pixell.par.testkit.cli.instance;

import org.jspecify.annotations.NullMarked;
