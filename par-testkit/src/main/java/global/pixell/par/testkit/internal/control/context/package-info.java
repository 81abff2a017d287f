/** What the control API shows besides the server: the clock, the agent and the stubs. */
@NullMarked
package global.pixell.par.testkit.internal.control.context;

import org.jspecify.annotations.NullMarked;
