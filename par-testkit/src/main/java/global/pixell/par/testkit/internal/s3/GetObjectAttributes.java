package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.Xml;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** GetObjectAttributes. */
final class GetObjectAttributes {

  private static final Set<String> NAMES =
      Set.of("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize");
  private static final int MAX_PARTS = 1000;

  private final ObjectStore store;

  GetObjectAttributes(ObjectStore store) {
    this.store = store;
  }

  S3Response get(S3Request request) throws IOException {
    List<String> wanted = wanted(request.header("x-amz-object-attributes"));
    Bucket bucket = store.bucket(request.bucket());
    StoredObject object = ObjectResolver.object(bucket, request.key(), request.versionId());
    var headers = new LinkedHashMap<String, String>();
    headers.put("Last-Modified", S3Dates.http(object.modified()));
    if (bucket.versioning() != Bucket.Versioning.OFF) {
      headers.put("x-amz-version-id", object.versionId());
    }
    var xml = new StringBuilder("<GetObjectAttributesResponse" + Xml.NAMESPACE + ">");
    if (wanted.contains("ETag")) {
      xml.append(Xml.element("ETag", object.eTag()));
    }
    if (wanted.contains("Checksum")) {
      xml.append("<Checksum>").append(S3Elements.checksum(object.checksum())).append("</Checksum>");
    }
    if (wanted.contains("ObjectParts") && !object.parts().isEmpty()) {
      xml.append("<ObjectParts>").append(parts(request, object)).append("</ObjectParts>");
    }
    if (wanted.contains("StorageClass")) {
      xml.append(Xml.element("StorageClass", object.storageClass()));
    }
    if (wanted.contains("ObjectSize")) {
      xml.append(Xml.element("ObjectSize", object.size()));
    }
    return S3Response.xml(200, headers, xml.append("</GetObjectAttributesResponse>").toString());
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

  /** S3 lists the parts only where the uploader chose a checksum; else it counts them. */
  private static String parts(S3Request request, StoredObject object) throws S3ErrorException {
    String count = Xml.element("PartsCount", object.parts().size());
    if (!object.checksum().explicit()) {
      return count;
    }
    int marker = request.headerNumber("x-amz-part-number-marker", 0);
    int max = Math.min(MAX_PARTS, request.headerNumber("x-amz-max-parts", MAX_PARTS));
    List<Part> rest = object.parts().stream().filter(part -> part.number() > marker).toList();
    List<Part> page = rest.subList(0, Math.min(max, rest.size()));
    int next = page.isEmpty() ? marker : page.get(page.size() - 1).number();
    var xml = new StringBuilder(count);
    xml.append(Xml.element("PartNumberMarker", marker))
        .append(Xml.element("NextPartNumberMarker", next))
        .append(Xml.element("MaxParts", max))
        .append(Xml.element("IsTruncated", page.size() < rest.size()));
    for (Part part : page) {
      xml.append("<Part>")
          .append(Xml.element("PartNumber", part.number()))
          .append(Xml.element("Size", part.content().size()))
          .append(Xml.element(object.checksum().algorithm().element(), part.checksum()))
          .append("</Part>");
    }
    return xml.toString();
  }
}
