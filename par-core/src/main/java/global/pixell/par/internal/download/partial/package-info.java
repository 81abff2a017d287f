/** Partial downloads that outlive their process. */
@NullMarked
package global.pixell.par.internal.download.partial;

import org.jspecify.annotations.NullMarked;
