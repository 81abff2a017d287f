/** HTTP/1.1 on loopback with the socket in reach, and a network that can be slow. */
@NullMarked
package global.pixell.par.testkit.internal.http;

import org.jspecify.annotations.NullMarked;
