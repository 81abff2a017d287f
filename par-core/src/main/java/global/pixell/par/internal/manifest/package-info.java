/** Reads and checks {@code agent.yaml}. */
@NullMarked
package global.pixell.par.internal.manifest;

import org.jspecify.annotations.NullMarked;
