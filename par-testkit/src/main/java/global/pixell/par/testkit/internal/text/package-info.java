/** What people write: quantities with units, patterns of keys, and mistyped words. */
@NullMarked
package global.pixell.par.testkit.internal.text;

import org.jspecify.annotations.NullMarked;
