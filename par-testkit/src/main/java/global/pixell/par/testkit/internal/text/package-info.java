/** The words of people: quantities with units, patterns of keys. */
@NullMarked
package global.pixell.par.testkit.internal.text;

import org.jspecify.annotations.NullMarked;
