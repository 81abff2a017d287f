/** Semantic versions and ranges of them. */
@NullMarked
package global.pixell.par.internal.version;

import org.jspecify.annotations.NullMarked;
