/** Archives and unpacked trees on disk, shared by processes. */
@NullMarked
package global.pixell.par.internal.cache;

import org.jspecify.annotations.NullMarked;
