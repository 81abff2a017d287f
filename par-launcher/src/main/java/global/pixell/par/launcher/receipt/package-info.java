/** What one boot did, as a file. */
@NullMarked
package global.pixell.par.launcher.receipt;

import org.jspecify.annotations.NullMarked;
