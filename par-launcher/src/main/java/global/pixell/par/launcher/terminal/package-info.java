/** What people see on a terminal: formatted log lines, colours, progress. */
@NullMarked
package global.pixell.par.launcher.terminal;

import org.jspecify.annotations.NullMarked;
