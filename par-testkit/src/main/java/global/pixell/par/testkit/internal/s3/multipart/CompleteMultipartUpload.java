package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.Digests;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.object.Preconditions;
import global.pixell.par.testkit.internal.s3.object.PutObject;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/** CompleteMultipartUpload. */
public final class CompleteMultipartUpload {

  private static final long MIN_PART_SIZE = 5 << 20;

  private static final XmlSchema DOCUMENT =
      XmlSchema.of()
          .many(
              "Part",
              XmlSchema.of("PartNumber", "ETag")
                  .and(
                      Arrays.stream(ChecksumAlgorithm.values())
                          .map(ChecksumAlgorithm::element)
                          .toArray(String[]::new)));

  private final ObjectStore store;
  private final MultipartUploads uploads;

  private final CompletedUploads completed = new CompletedUploads();

  public CompleteMultipartUpload(ObjectStore store, MultipartUploads uploads) {
    this.store = store;
    this.uploads = uploads;
  }

  public S3Response complete(S3Request request, AuthorizedRequest authorized) throws IOException {
    store.bucket(request.bucket());
    var wholeObject = new WholeObjectHeaders(request);
    byte[] document =
        new UploadBody(wholeObject.withoutThem(), authorized.chunkVerifier())
            .document(store.bodies());
    List<Element> listed =
        XmlDocument.children(
            XmlDocument.root(document, "CompleteMultipartUpload", DOCUMENT), "Part");
    List<String> names = listed.stream().map(CompleteMultipartUpload::name).toList();
    Optional<S3Response> repeated = completed.answer(request, names);
    if (repeated.isPresent()) {
      return repeated.get();
    }
    Upload upload = uploads.find(request);
    upload.completing().lock();
    try {
      repeated = completed.answer(request, names);
      return repeated.isPresent()
          ? repeated.get()
          : complete(request, upload, wholeObject, listed, names);
    } finally {
      upload.completing().unlock();
    }
  }

  private S3Response complete(
      S3Request request,
      Upload upload,
      WholeObjectHeaders wholeObject,
      List<Element> listed,
      List<String> names)
      throws IOException {
    Upload current = uploads.find(request);
    Bucket bucket = store.bucket(request.bucket());
    StoredObject whole = current.complete(chosen(current, listed), store.clock().instant());
    wholeObject.check(whole);
    StoredObject stored = bucket.put(whole, Preconditions.ofWrite(request));
    XmlWriter xml =
        XmlWriter.document("CompleteMultipartUploadResult")
            .element("Location", location(request))
            .element("Bucket", request.bucket())
            .element("Key", request.key())
            .element("ETag", stored.quotedETag());
    S3Elements.checksum(xml, stored.checksum());
    S3Response answer = S3Response.xml(200, PutObject.headers(bucket, stored), xml);
    completed.add(request, names, answer);
    uploads.remove(upload);
    return answer;
  }

  /** Removes the uploads of a deleted bucket. */
  public void removeAll(String bucket) {
    completed.removeAll(bucket);
  }

  private static String name(Element part) {
    return XmlDocument.text(part, "PartNumber").strip()
        + " "
        + XmlDocument.text(part, "ETag").strip().replace("\"", "");
  }

  private static String location(S3Request request) {
    return "http://"
        + request.header("Host")
        + "/"
        + request.bucket()
        + "/"
        + UriEncoding.encode(request.key());
  }

  private static List<Part> chosen(Upload upload, List<Element> listed) throws IOException {
    if (listed.isEmpty()) {
      throw S3ErrorException.malformedXml();
    }
    var chosen = new ArrayList<Part>();
    int before = 0;
    for (Element each : listed) {
      String text = XmlDocument.text(each, "PartNumber").strip();
      if (!text.matches("\\d{1,9}")) {
        throw S3ErrorException.malformedXml();
      }
      int number = Integer.parseInt(text);
      if (number <= before) {
        throw new S3ErrorException(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.")
            .detail("UploadId", upload.id());
      }
      before = number;
      chosen.add(uploaded(upload, number, each));
    }
    for (Part part : chosen.subList(0, chosen.size() - 1)) {
      requireSize(part);
    }
    return chosen;
  }

  private static Part uploaded(Upload upload, int number, Element listed) throws IOException {
    String eTag = XmlDocument.text(listed, "ETag").strip().replace("\"", "");
    Part part = upload.parts().get(number);
    if (part == null || !part.eTag().equals(eTag) || !hasChecksums(part, listed)) {
      throw new S3ErrorException(
              400,
              "InvalidPart",
              "One or more of the specified parts could not be found.  The part may not have been"
                  + " uploaded, or the specified entity tag may not match the part's entity tag.")
          .detail("UploadId", upload.id())
          .detail("PartNumber", number)
          .detail("ETag", eTag);
    }
    return part;
  }

  private static void requireSize(Part part) throws IOException {
    if (part.content().size() < MIN_PART_SIZE) {
      throw new S3ErrorException(
              400,
              "EntityTooSmall",
              "Your proposed upload is smaller than the minimum allowed size")
          .detail("ProposedSize", part.content().size())
          .detail("MinSizeAllowed", MIN_PART_SIZE)
          .detail("PartNumber", part.number())
          .detail("ETag", part.eTag());
    }
  }

  /** Whether a part has the checksums that the client lists for it, of any algorithm. */
  private static boolean hasChecksums(Part part, Element listed) throws IOException {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      String value = XmlDocument.text(listed, algorithm.element()).strip();
      if (!value.isEmpty()
          && !value.equals(part.checksum())
          && !value.equals(Digests.of(part.content(), algorithm).checksum())) {
        return false;
      }
    }
    return true;
  }
}
