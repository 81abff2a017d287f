package global.pixell.par.internal.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;

/** Sends every request through one proxy. */
public final class FixedProxy extends ProxySelector {

  private final Proxy proxy;

  public FixedProxy(String host, int port) {
    proxy = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(proxy);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {}
}
