/** Which addresses may be fetched, and which object coordinates mean. */
@NullMarked
package global.pixell.par.internal.resolve;

import org.jspecify.annotations.NullMarked;
