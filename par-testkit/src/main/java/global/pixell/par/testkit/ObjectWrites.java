package global.pixell.par.testkit;

import global.pixell.par.testkit.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** PutObject and DeleteObject. */
final class ObjectWrites {

  private final ObjectStore store;

  ObjectWrites(ObjectStore store) {
    this.store = store;
  }

  Answer put(S3Request request) throws IOException {
    InputStream body = request.body();
    if (request.header("x-amz-content-sha256").startsWith("STREAMING-")) {
      body = new WireServer.ChunkedBody(body);
    }
    StoredObject stored =
        store.put(request.bucket(), request.key(), body, request.header("Content-Type"));
    return Answer.empty(200, Map.of("ETag", '"' + stored.eTag() + '"'));
  }

  Answer delete(S3Request request) throws IOException {
    store.delete(request.bucket(), request.key());
    return Answer.empty(204, Map.of());
  }
}
