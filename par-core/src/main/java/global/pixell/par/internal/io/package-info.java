/** Files, locks, digests and errors of the disk: what every other room does on this machine. */
@NullMarked
package global.pixell.par.internal.io;

import org.jspecify.annotations.NullMarked;
