/** Faults that can befall a request, as values, and the queue in which they wait. */
@NullMarked
package global.pixell.par.testkit.internal.fault;

import org.jspecify.annotations.NullMarked;
