/** The events of a fake, and the stream that sends them to readers. */
@NullMarked
package global.pixell.par.testkit.internal.control.event;

import org.jspecify.annotations.NullMarked;
