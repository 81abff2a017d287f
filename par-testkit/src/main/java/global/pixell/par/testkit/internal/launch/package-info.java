/** Runs the real launcher as a process. */
@NullMarked
package global.pixell.par.testkit.internal.launch;

import org.jspecify.annotations.NullMarked;
