/** Objects behind HTTP: requests, answers, and what a failure means. */
@NullMarked
package global.pixell.par.internal.remote;

import org.jspecify.annotations.NullMarked;
