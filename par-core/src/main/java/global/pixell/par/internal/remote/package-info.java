/** Objects behind HTTP: requests, responses, and what a failure means. */
@NullMarked
package global.pixell.par.internal.remote;

import org.jspecify.annotations.NullMarked;
