/**
 * What PAR makes once of a package and keeps in the cache beside it: virtual environments,
 * node_modules, bytecode.
 */
@NullMarked
package global.pixell.par.launcher.derived;

import org.jspecify.annotations.NullMarked;
