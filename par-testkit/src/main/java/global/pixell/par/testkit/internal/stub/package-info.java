/** WireMock, for the HTTP APIs that agents call. The only room that sees the optional library. */
@NullMarked
package global.pixell.par.testkit.internal.stub;

import org.jspecify.annotations.NullMarked;
