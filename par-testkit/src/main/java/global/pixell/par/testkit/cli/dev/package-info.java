/** The command {@code dev}: packs a folder, runs it, and starts it again at each change. */
@NullMarked
package global.pixell.par.testkit.cli.dev;

import org.jspecify.annotations.NullMarked;
