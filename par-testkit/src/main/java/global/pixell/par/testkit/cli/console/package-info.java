/** What every command uses: its options, the terminal, signals and errors. */
@NullMarked
package global.pixell.par.testkit.cli.console;

import org.jspecify.annotations.NullMarked;
