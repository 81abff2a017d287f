/** One object becomes one verified file: ranges in parallel, retried, resumed. */
@NullMarked
package global.pixell.par.internal.download;

import org.jspecify.annotations.NullMarked;
