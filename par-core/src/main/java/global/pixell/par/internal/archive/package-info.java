/** Archives are read strictly and unpacked safely. */
@NullMarked
package global.pixell.par.internal.archive;

import org.jspecify.annotations.NullMarked;
