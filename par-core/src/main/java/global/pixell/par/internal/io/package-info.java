/** Files, locks, digests, threads and disk errors, for all packages above. */
@NullMarked
package global.pixell.par.internal.io;

import org.jspecify.annotations.NullMarked;
