/** The page of the control API: its files, which are resources beside these classes. */
@NullMarked
package global.pixell.par.testkit.internal.control.page;

import org.jspecify.annotations.NullMarked;
