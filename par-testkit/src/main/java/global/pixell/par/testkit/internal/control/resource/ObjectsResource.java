package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.io.IOException;
import java.util.LinkedHashMap;

/**
 * {@code /_par/objects/BUCKET/KEY}: puts objects as the method {@code put} of FakeS3 does, so that
 * a test fills the fake without a permission, a fault or an entry in the journal.
 */
public final class ObjectsResource {

  private final FakeServer server;

  public ObjectsResource(FakeServer server) {
    this.server = server;
  }

  public ControlResponse put(ControlRequest request) throws IOException, ControlException {
    request.requireOnly();
    String bucket = request.segment(1);
    String key = request.segment(2);
    if (request.path().size() != 3 || bucket.isEmpty() || key.isEmpty()) {
      throw ControlException.badRequest(
          "An object has a bucket and a key, which is one part of the address.",
          "Use /_par/objects/BUCKET/KEY, with %2F for each slash of the key.");
    }
    try {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("bucket", bucket);
      fields.put("key", key);
      fields.put(
          "version_id", server.put(bucket, key, request.wire().body(), request.wire().headers()));
      return ControlResponse.json(201, fields);
    } catch (IllegalArgumentException e) {
      throw ControlException.badRequest(
          "The object is refused: " + e.getMessage() + ".",
          "Correct the request; S3 refuses it too.");
    }
  }
}
