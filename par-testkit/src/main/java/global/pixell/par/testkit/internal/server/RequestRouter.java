package global.pixell.par.testkit.internal.server;

import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;

/**
 * Separates requests to the control API from requests to S3. No bucket name begins with an
 * underscore, so the paths of both are distinct, unless the host name is the bucket.
 */
final class RequestRouter implements LoopbackHttpServer.Handler {

  private final LoopbackHttpServer.Handler s3;
  private final LoopbackHttpServer.Handler control;
  private final NetworkConditions network;

  RequestRouter(
      LoopbackHttpServer.Handler s3,
      LoopbackHttpServer.Handler control,
      NetworkConditions network) {
    this.s3 = s3;
    this.control = control;
    this.network = network;
  }

  @Override
  public void handle(HttpRequest request, HttpConnection connection) throws IOException {
    boolean controls = isControl(request);
    connection.exempt(controls);
    if (controls) {
      control.handle(request, connection);
    } else if (network.isConnected()) {
      s3.handle(request, connection);
    } else {
      connection.reset();
    }
  }

  private static boolean isControl(HttpRequest request) {
    String target = request.target();
    return target.startsWith("/_")
        && (startsWithPath(target, "/_par") || startsWithPath(target, "/_localstack"))
        && !S3Request.isVirtualHosted(request);
  }

  private static boolean startsWithPath(String target, String path) {
    return target.startsWith(path)
        && (target.length() == path.length() || "/?".indexOf(target.charAt(path.length())) >= 0);
  }
}
