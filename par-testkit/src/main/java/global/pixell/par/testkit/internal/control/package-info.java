/** The control API of a running fake, over HTTP, for tools and people that do not use Java. */
@NullMarked
package global.pixell.par.testkit.internal.control;

import org.jspecify.annotations.NullMarked;
