/** JSON, and text that is safe to show: without secrets, foreign text shortened. */
@NullMarked
package global.pixell.par.internal.text;

import org.jspecify.annotations.NullMarked;
