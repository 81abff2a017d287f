/** The command line {@code par-testkit}. */
@NullMarked
package global.pixell.par.testkit.cli;

import org.jspecify.annotations.NullMarked;
