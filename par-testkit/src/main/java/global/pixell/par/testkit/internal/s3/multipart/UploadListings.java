package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.listing.Pager;
import global.pixell.par.testkit.internal.s3.listing.Pager.Page;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.Utf8Order;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** ListMultipartUploads and ListParts. */
public final class UploadListings {

  private static final int MAX_PARTS = 1000;

  private final MultipartUploads uploads;

  public UploadListings(MultipartUploads uploads) {
    this.uploads = uploads;
  }

  public S3Response parts(S3Request request) throws IOException {
    Upload upload = uploads.find(request);
    int marker = request.number("part-number-marker", 0);
    int max = Math.min(MAX_PARTS, request.number("max-parts", MAX_PARTS));
    List<Part> rest = List.copyOf(upload.parts().tailMap(marker, false).values());
    List<Part> page = rest.subList(0, Math.min(max, rest.size()));
    XmlWriter xml =
        XmlWriter.document("ListPartsResult")
            .element("Bucket", request.bucket())
            .element("Key", request.key())
            .element("UploadId", upload.id());
    initiatorAndOwner(xml, upload);
    xml.element("StorageClass", "STANDARD")
        .element("PartNumberMarker", marker)
        .element("NextPartNumberMarker", page.isEmpty() ? 0 : page.get(page.size() - 1).number())
        .element("MaxParts", max)
        .element("IsTruncated", page.size() < rest.size());
    Optional<ChecksumAlgorithm> chosen = upload.chosenAlgorithm();
    chosen.ifPresent(
        algorithm ->
            xml.element("ChecksumAlgorithm", algorithm)
                .element("ChecksumType", upload.checksumType()));
    for (Part part : page) {
      xml.open("Part")
          .element("PartNumber", part.number())
          .element("LastModified", S3Dates.xml(part.modified()))
          .element("ETag", '"' + part.eTag() + '"')
          .element("Size", part.content().size());
      chosen.ifPresent(algorithm -> xml.element(algorithm.element(), part.checksum()));
      xml.close();
    }
    return S3Response.xml(xml);
  }

  public S3Response uploads(S3Request request) throws IOException {
    Pager pager = Pager.of(request, "max-uploads");
    String keyMarker = request.query("key-marker");
    String idMarker = request.query("upload-id-marker");
    List<Upload> after =
        inOrder(request.bucket(), pager.prefix()).stream()
            .filter(upload -> isAfter(upload, keyMarker, idMarker))
            .toList();
    Page<Upload> page = pager.page(after, Upload::key, keyMarker);
    XmlWriter xml =
        XmlWriter.document("ListMultipartUploadsResult")
            .element("Bucket", request.bucket())
            .element("KeyMarker", pager.encode(keyMarker))
            .element("UploadIdMarker", idMarker);
    if (page.truncated()) {
      xml.element("NextKeyMarker", pager.encode(page.lastKey()))
          .element("NextUploadIdMarker", page.lastItem().map(Upload::id).orElse(""));
    }
    xml.optional("Prefix", pager.encode(pager.prefix()));
    pager.delimiterAndEncoding(xml);
    xml.element("MaxUploads", pager.max()).element("IsTruncated", page.truncated());
    page.items().forEach(upload -> write(xml, upload, pager));
    pager.commonPrefixes(xml, page);
    return S3Response.xml(xml);
  }

  private List<Upload> inOrder(String bucket, String prefix) {
    return uploads.all().stream()
        .filter(upload -> upload.bucket().equals(bucket) && upload.key().startsWith(prefix))
        .sorted(Comparator.comparing(Upload::key, Utf8Order.INSTANCE).thenComparing(Upload::id))
        .toList();
  }

  /** Uploads of the marker's key follow only if the marker names one of them. */
  private static boolean isAfter(Upload upload, String keyMarker, String idMarker) {
    int order = Utf8Order.INSTANCE.compare(upload.key(), keyMarker);
    return order > 0 || (order == 0 && !idMarker.isEmpty() && upload.id().compareTo(idMarker) > 0);
  }

  private void write(XmlWriter xml, Upload upload, Pager pager) {
    xml.open("Upload").element("Key", pager.encode(upload.key())).element("UploadId", upload.id());
    initiatorAndOwner(xml, upload);
    xml.element("StorageClass", "STANDARD")
        .element("Initiated", S3Dates.xml(upload.initiated()))
        .close();
  }

  private void initiatorAndOwner(XmlWriter xml, Upload upload) {
    S3Elements.principal(xml, "Initiator", uploads.owner(upload));
    S3Elements.principal(xml, "Owner", uploads.owner(upload));
  }
}
