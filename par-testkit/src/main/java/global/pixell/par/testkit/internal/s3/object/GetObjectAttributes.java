package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** GetObjectAttributes. */
public final class GetObjectAttributes {

  private static final Set<String> NAMES =
      Set.of("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize");
  private static final int MAX_PARTS = 1000;

  private final ObjectStore store;

  public GetObjectAttributes(ObjectStore store) {
    this.store = store;
  }

  public S3Response get(S3Request request) throws IOException {
    List<String> wanted = wanted(request.header("x-amz-object-attributes"));
    Bucket bucket = store.bucket(request.bucket());
    StoredObject object = ObjectResolver.object(bucket, request.key(), request.versionId());
    var headers = new LinkedHashMap<String, String>();
    headers.put("Last-Modified", S3Dates.http(object.modified()));
    if (bucket.versioning() != Bucket.Versioning.OFF) {
      headers.put("x-amz-version-id", object.versionId());
    }
    XmlWriter xml = XmlWriter.document("GetObjectAttributesResponse");
    if (wanted.contains("ETag")) {
      xml.element("ETag", object.eTag());
    }
    if (wanted.contains("Checksum")) {
      S3Elements.checksum(xml.open("Checksum"), object.checksum());
      xml.close();
    }
    if (wanted.contains("ObjectParts") && !object.parts().isEmpty()) {
      parts(xml.open("ObjectParts"), request, object);
      xml.close();
    }
    if (wanted.contains("StorageClass")) {
      xml.element("StorageClass", object.storageClass());
    }
    if (wanted.contains("ObjectSize")) {
      xml.element("ObjectSize", object.size());
    }
    return S3Response.xml(200, headers, xml);
  }

  private static List<String> wanted(String header) throws S3ErrorException {
    if (header.isEmpty()) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "Missing required header for this request: x-amz-object-attributes");
    }
    List<String> names = Arrays.stream(header.split(",", -1)).map(String::strip).toList();
    for (String name : names) {
      if (!NAMES.contains(name)) {
        throw S3ErrorException.invalidArgument(
            "x-amz-object-attributes", name, "Invalid attribute name specified.");
      }
    }
    return names;
  }

  /**
   * S3 lists the parts only if the uploader chose a checksum; otherwise it sends only their number.
   */
  private static void parts(XmlWriter xml, S3Request request, StoredObject object)
      throws S3ErrorException {
    xml.element("PartsCount", object.parts().size());
    if (!object.checksum().explicit()) {
      return;
    }
    int marker = request.headerNumber("x-amz-part-number-marker", 0);
    int max = Math.min(MAX_PARTS, request.headerNumber("x-amz-max-parts", MAX_PARTS));
    List<Part> rest = object.parts().stream().filter(part -> part.number() > marker).toList();
    List<Part> page = rest.subList(0, Math.min(max, rest.size()));
    xml.element("PartNumberMarker", marker)
        .element(
            "NextPartNumberMarker", page.isEmpty() ? marker : page.get(page.size() - 1).number())
        .element("MaxParts", max)
        .element("IsTruncated", page.size() < rest.size());
    for (Part part : page) {
      xml.open("Part")
          .element("PartNumber", part.number())
          .element("Size", part.content().size())
          .element(object.checksum().algorithm().element(), part.checksum())
          .close();
    }
  }
}
