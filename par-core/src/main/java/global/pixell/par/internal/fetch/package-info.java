/** The engine behind {@link global.pixell.par.Par}: resolve, download, verify, cache, unpack. */
@NullMarked
package global.pixell.par.internal.fetch;

import org.jspecify.annotations.NullMarked;
