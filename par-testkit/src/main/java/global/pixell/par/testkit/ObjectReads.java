package global.pixell.par.testkit;

import global.pixell.par.testkit.ObjectStore.Content;
import global.pixell.par.testkit.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Optional;

/** GetObject and HeadObject. */
final class ObjectReads {

  private final ObjectStore store;

  ObjectReads(ObjectStore store) {
    this.store = store;
  }

  Answer get(S3Request request) throws IOException {
    StoredObject object =
        store
            .get(request.bucket(), request.key())
            .orElseThrow(() -> S3Failure.noSuchKey(request.key()));
    var headers = new LinkedHashMap<String, String>();
    headers.put("ETag", '"' + object.eTag() + '"');
    headers.put("Last-Modified", S3Dates.http(object.modified()));
    if (Conditions.notModified(request, "", object.eTag(), object.modified())) {
      return Answer.empty(304, headers);
    }
    long size = object.content().size();
    Optional<ByteRange> range = ByteRange.of(request.header("Range"), size);
    range.ifPresent(part -> headers.put("Content-Range", part.contentRange(size)));
    headers.put("Accept-Ranges", "bytes");
    headers.put("Content-Type", object.contentType());
    return new Answer(
        range.isPresent() ? 206 : 200,
        headers,
        part(object.content(), range.orElse(new ByteRange(0, size - 1))));
  }

  private static Answer.Body part(Content content, ByteRange range) {
    return new Answer.Body() {
      @Override
      public long length() {
        return range.length();
      }

      @Override
      public InputStream open() throws IOException {
        InputStream in = content.open();
        in.skipNBytes(range.from());
        return in;
      }
    };
  }
}
