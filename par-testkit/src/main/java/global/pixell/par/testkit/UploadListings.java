package global.pixell.par.testkit;

import global.pixell.par.testkit.StoredObject.Part;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/** ListMultipartUploads and ListParts. */
final class UploadListings {

  private static final int MAX = 1000;

  private final MultipartUploads uploads;

  UploadListings(MultipartUploads uploads) {
    this.uploads = uploads;
  }

  Answer parts(S3Request request) throws IOException {
    Upload upload = uploads.find(request);
    int marker = request.number("part-number-marker", 0);
    int max = Math.min(MAX, request.number("max-parts", MAX));
    List<Part> rest = List.copyOf(upload.parts().tailMap(marker, false).values());
    List<Part> page = rest.subList(0, Math.min(max, rest.size()));
    var xml = new StringBuilder("<ListPartsResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Bucket", request.bucket()))
        .append(Xml.element("Key", request.key()))
        .append(Xml.element("UploadId", upload.id()))
        .append(Xml.owner("Initiator"))
        .append(Xml.owner("Owner"))
        .append(Xml.element("StorageClass", "STANDARD"))
        .append(Xml.element("PartNumberMarker", marker))
        .append(
            Xml.element(
                "NextPartNumberMarker", page.isEmpty() ? 0 : page.get(page.size() - 1).number()))
        .append(Xml.element("MaxParts", max))
        .append(Xml.element("IsTruncated", page.size() < rest.size()));
    upload
        .asked()
        .ifPresent(
            algorithm ->
                xml.append(Xml.element("ChecksumAlgorithm", algorithm))
                    .append(Xml.element("ChecksumType", upload.checksumType())));
    for (Part part : page) {
      xml.append("<Part>")
          .append(Xml.element("PartNumber", part.number()))
          .append(Xml.element("LastModified", S3Dates.xml(part.modified())))
          .append(Xml.element("ETag", '"' + part.eTag() + '"'))
          .append(Xml.element("Size", part.content().size()));
      upload
          .asked()
          .ifPresent(algorithm -> xml.append(Xml.element(algorithm.element(), part.checksum())));
      xml.append("</Part>");
    }
    return Answer.xml(xml.append("</ListPartsResult>").toString());
  }

  Answer uploads(S3Request request) throws IOException {
    boolean encoded = Listings.isEncoded(request);
    String prefix = request.query("prefix");
    String keyMarker = request.query("key-marker");
    String idMarker = request.query("upload-id-marker");
    int max = Math.min(MAX, request.number("max-uploads", MAX));
    List<Upload> rest =
        uploads.all().stream()
            .filter(upload -> upload.bucket().equals(request.bucket()))
            .filter(upload -> upload.key().startsWith(prefix))
            .sorted(
                Comparator.comparing(Upload::key, Utf8Order.INSTANCE)
                    .thenComparing(Upload::initiated)
                    .thenComparing(Upload::id))
            .filter(upload -> isAfter(upload, keyMarker, idMarker))
            .toList();
    List<Upload> page = rest.subList(0, Math.min(max, rest.size()));
    var xml = new StringBuilder("<ListMultipartUploadsResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Bucket", request.bucket()))
        .append(Xml.element("KeyMarker", Listings.encode(keyMarker, encoded)))
        .append(Xml.element("UploadIdMarker", idMarker));
    if (page.size() < rest.size() && !page.isEmpty()) {
      Upload last = page.get(page.size() - 1);
      xml.append(Xml.element("NextKeyMarker", Listings.encode(last.key(), encoded)))
          .append(Xml.element("NextUploadIdMarker", last.id()));
    }
    if (!prefix.isEmpty()) {
      xml.append(Xml.element("Prefix", Listings.encode(prefix, encoded)));
    }
    if (encoded) {
      xml.append(Xml.element("EncodingType", "url"));
    }
    xml.append(Xml.element("MaxUploads", max))
        .append(Xml.element("IsTruncated", page.size() < rest.size() && max > 0));
    page.forEach(upload -> xml.append(entry(upload, encoded)));
    return Answer.xml(xml.append("</ListMultipartUploadsResult>").toString());
  }

  /** Uploads of the marker's key follow it only where the marker names one of them. */
  private static boolean isAfter(Upload upload, String keyMarker, String idMarker) {
    int order = Utf8Order.INSTANCE.compare(upload.key(), keyMarker);
    return order > 0 || (order == 0 && !idMarker.isEmpty() && upload.id().compareTo(idMarker) > 0);
  }

  private static String entry(Upload upload, boolean encoded) {
    return "<Upload>"
        + Xml.element("Key", Listings.encode(upload.key(), encoded))
        + Xml.element("UploadId", upload.id())
        + Xml.owner("Initiator")
        + Xml.owner("Owner")
        + Xml.element("StorageClass", "STANDARD")
        + Xml.element("Initiated", S3Dates.xml(upload.initiated()))
        + "</Upload>";
  }
}
