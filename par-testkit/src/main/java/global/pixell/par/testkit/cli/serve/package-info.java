/** The command {@code serve}, and the stubs that run beside a fake. */
@NullMarked
package global.pixell.par.testkit.cli.serve;

import org.jspecify.annotations.NullMarked;
