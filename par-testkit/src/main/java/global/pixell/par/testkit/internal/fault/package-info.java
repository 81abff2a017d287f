/** Faults as values, and the queue in which they wait for their requests. */
@NullMarked
package global.pixell.par.testkit.internal.fault;

import org.jspecify.annotations.NullMarked;
