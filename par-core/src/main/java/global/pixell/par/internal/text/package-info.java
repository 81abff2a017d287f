/** JSON lines, and text made safe to show: secrets are taken out, foreign words are kept short. */
@NullMarked
package global.pixell.par.internal.text;

import org.jspecify.annotations.NullMarked;
