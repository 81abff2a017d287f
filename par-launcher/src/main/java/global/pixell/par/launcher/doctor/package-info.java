/** {@code par doctor}: the troubleshooting guide as a program. */
@NullMarked
package global.pixell.par.launcher.doctor;

import org.jspecify.annotations.NullMarked;
