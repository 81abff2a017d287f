/** The HTTP frame of the control API: requests, responses, errors and access. */
@NullMarked
package global.pixell.par.testkit.internal.control.http;

import org.jspecify.annotations.NullMarked;
