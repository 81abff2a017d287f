/**
 * Directories that PAR makes from a package once and keeps in the cache: virtual environments,
 * node_modules, bytecode.
 */
@NullMarked
package global.pixell.par.launcher.derived;

import org.jspecify.annotations.NullMarked;
