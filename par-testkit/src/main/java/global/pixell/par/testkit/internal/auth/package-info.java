/** Signature Version 4: who signs, and what a signature covers. */
@NullMarked
package global.pixell.par.testkit.internal.auth;

import org.jspecify.annotations.NullMarked;
