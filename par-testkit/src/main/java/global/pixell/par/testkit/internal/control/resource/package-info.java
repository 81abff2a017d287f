/** The resources of the control API, one class for each address. */
@NullMarked
package global.pixell.par.testkit.internal.control.resource;

import org.jspecify.annotations.NullMarked;
