/** Signature Version 4: credentials, parameters, verification. */
@NullMarked
package global.pixell.par.testkit.internal.auth;

import org.jspecify.annotations.NullMarked;
