/** An HTTP/1.1 server on loopback that exposes its sockets, and simulated network conditions. */
@NullMarked
package global.pixell.par.testkit.internal.http;

import org.jspecify.annotations.NullMarked;
