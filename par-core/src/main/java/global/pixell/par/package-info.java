/**
 * Fetches agent packages: a reference becomes a pinned address, then a verified archive, then a
 * safely unpacked tree.
 *
 * <p>Start at {@link global.pixell.par.Par}. Every type here is immutable and thread-safe unless it
 * says otherwise; every failure is a {@link global.pixell.par.ParException}.
 */
@NullMarked
package global.pixell.par;

import org.jspecify.annotations.NullMarked;
