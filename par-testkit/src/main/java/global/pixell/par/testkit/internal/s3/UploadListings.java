package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.internal.s3.model.Xml;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** ListMultipartUploads and ListParts. */
final class UploadListings {

  private static final int MAX = 1000;

  private final MultipartUploads uploads;

  UploadListings(MultipartUploads uploads) {
    this.uploads = uploads;
  }

  S3Response parts(S3Request request) throws IOException {
    Upload upload = uploads.find(request);
    int marker = request.number("part-number-marker", 0);
    int max = Math.min(MAX, request.number("max-parts", MAX));
    List<Part> rest = List.copyOf(upload.parts().tailMap(marker, false).values());
    List<Part> page = rest.subList(0, Math.min(max, rest.size()));
    var xml = new StringBuilder("<ListPartsResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Bucket", request.bucket()))
        .append(Xml.element("Key", request.key()))
        .append(Xml.element("UploadId", upload.id()))
        .append(S3Elements.who("Initiator", uploads.owner(upload)))
        .append(S3Elements.who("Owner", uploads.owner(upload)))
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
    return S3Response.xml(xml.append("</ListPartsResult>").toString());
  }

  /**
   * One page of uploads.
   *
   * @param lastKey the key or folder that came last
   * @param lastId the upload that came last; empty after a folder
   */
  private record Page(
      List<Upload> uploads,
      Set<String> folders,
      String lastKey,
      String lastId,
      boolean truncated) {}

  S3Response uploads(S3Request request) throws IOException {
    boolean encoded = Listings.isEncoded(request);
    String prefix = request.query("prefix");
    String delimiter = request.query("delimiter");
    int max = Math.min(MAX, request.number("max-uploads", MAX));
    Page page = page(request, max);
    var xml = new StringBuilder("<ListMultipartUploadsResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Bucket", request.bucket()))
        .append(Xml.element("KeyMarker", Listings.encode(request.query("key-marker"), encoded)))
        .append(Xml.element("UploadIdMarker", request.query("upload-id-marker")));
    if (page.truncated()) {
      xml.append(Xml.element("NextKeyMarker", Listings.encode(page.lastKey(), encoded)))
          .append(Xml.element("NextUploadIdMarker", page.lastId()));
    }
    if (!prefix.isEmpty()) {
      xml.append(Xml.element("Prefix", Listings.encode(prefix, encoded)));
    }
    if (!delimiter.isEmpty()) {
      xml.append(Xml.element("Delimiter", Listings.encode(delimiter, encoded)));
    }
    if (encoded) {
      xml.append(Xml.element("EncodingType", "url"));
    }
    xml.append(Xml.element("MaxUploads", max)).append(Xml.element("IsTruncated", page.truncated()));
    page.uploads().forEach(upload -> xml.append(entry(upload, encoded)));
    page.folders().forEach(folder -> xml.append(Listings.commonPrefix(folder, encoded)));
    return S3Response.xml(xml.append("</ListMultipartUploadsResult>").toString());
  }

  private Page page(S3Request request, int max) {
    String keyMarker = request.query("key-marker");
    var found = new ArrayList<Upload>();
    var folders = new LinkedHashSet<String>();
    String lastKey = "";
    String lastId = "";
    for (Upload upload : inOrder(request.bucket(), request.query("prefix"))) {
      String folder =
          Listings.folder(upload.key(), request.query("prefix"), request.query("delimiter"));
      boolean folded = !folder.isEmpty();
      if (!isAfter(upload, keyMarker, request.query("upload-id-marker"))
          || (folded && (folder.equals(keyMarker) || folders.contains(folder)))) {
        continue;
      }
      if (found.size() + folders.size() == max) {
        return new Page(found, folders, lastKey, lastId, max > 0);
      }
      lastKey = folded ? folder : upload.key();
      lastId = folded ? "" : upload.id();
      if (folded) {
        folders.add(folder);
      } else {
        found.add(upload);
      }
    }
    return new Page(found, folders, lastKey, lastId, false);
  }

  private List<Upload> inOrder(String bucket, String prefix) {
    return uploads.all().stream()
        .filter(upload -> upload.bucket().equals(bucket) && upload.key().startsWith(prefix))
        .sorted(Comparator.comparing(Upload::key, Utf8Order.INSTANCE).thenComparing(Upload::id))
        .toList();
  }

  /** Uploads of the marker's key follow it only where the marker names one of them. */
  private static boolean isAfter(Upload upload, String keyMarker, String idMarker) {
    int order = Utf8Order.INSTANCE.compare(upload.key(), keyMarker);
    return order > 0 || (order == 0 && !idMarker.isEmpty() && upload.id().compareTo(idMarker) > 0);
  }

  private String entry(Upload upload, boolean encoded) {
    return "<Upload>"
        + Xml.element("Key", Listings.encode(upload.key(), encoded))
        + Xml.element("UploadId", upload.id())
        + S3Elements.who("Initiator", uploads.owner(upload))
        + S3Elements.who("Owner", uploads.owner(upload))
        + Xml.element("StorageClass", "STANDARD")
        + Xml.element("Initiated", S3Dates.xml(upload.initiated()))
        + "</Upload>";
  }
}
