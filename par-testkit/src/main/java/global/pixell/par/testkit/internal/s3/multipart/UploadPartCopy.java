package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.Digests;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.object.CopySource;
import global.pixell.par.testkit.internal.s3.object.Metadata;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** UploadPartCopy. */
public final class UploadPartCopy {

  private static final Pattern SOURCE_RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");

  private final ObjectStore store;
  private final MultipartUploads uploads;

  public UploadPartCopy(ObjectStore store, MultipartUploads uploads) {
    this.store = store;
    this.uploads = uploads;
  }

  public S3Response copy(S3Request request, AuthorizedRequest authorized) throws IOException {
    int number = request.partNumber();
    Upload upload = uploads.find(request);
    CopySource source = CopySource.find(request, authorized, store);
    Content content = part(source.object(), request.header("x-amz-copy-source-range"));
    Digests digests = Digests.of(content, upload.algorithm());
    var part =
        new Part(number, content, digests.md5(), store.clock().instant(), digests.checksum());
    upload.parts().put(number, part);
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    headers.putAll(source.headers());
    XmlWriter xml =
        XmlWriter.document("CopyPartResult")
            .element("LastModified", S3Dates.xml(part.modified()))
            .element("ETag", '"' + part.eTag() + '"');
    upload
        .chosenAlgorithm()
        .ifPresent(algorithm -> xml.element(algorithm.element(), part.checksum()));
    return S3Response.xml(200, headers, xml);
  }

  private static Content part(StoredObject source, String range) throws S3ErrorException {
    if (range.isEmpty()) {
      return source.content();
    }
    Matcher numbers = SOURCE_RANGE.matcher(range);
    if (!numbers.matches()) {
      throw S3ErrorException.invalidArgument(
          "x-amz-copy-source-range",
          range,
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and"
              + " last are the zero-based offsets of the first and last bytes to copy");
    }
    long first = Long.parseLong(numbers.group(1));
    long last = Long.parseLong(numbers.group(2));
    if (first > last || last >= source.size()) {
      throw S3ErrorException.invalidArgument(
          "x-amz-copy-source-range",
          range,
          "Range specified is not valid for source object of size: " + source.size());
    }
    return source.content().slice(first, last - first + 1);
  }
}
