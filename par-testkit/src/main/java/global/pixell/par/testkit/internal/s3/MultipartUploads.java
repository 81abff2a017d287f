package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.UploadBody.ReceivedBody;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.Digests;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/** Multipart uploads, from creation to completion or abortion. */
final class MultipartUploads {

  private static final int MAX_PART_NUMBER = 10_000;
  private static final long MIN_PART_SIZE = 5 << 20;
  private static final Pattern SOURCE_RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");

  private final ObjectStore store;
  private final Map<String, Upload> uploads = new ConcurrentHashMap<>();

  MultipartUploads(ObjectStore store) {
    this.store = store;
  }

  /** The owner of the bucket of an upload. */
  Principal owner(Upload upload) {
    return store.owner(upload.bucket());
  }

  /** All uploads in progress. */
  List<Upload> all() {
    return List.copyOf(uploads.values());
  }

  /**
   * The upload that a request names.
   *
   * @throws S3ErrorException NoSuchUpload
   */
  Upload find(S3Request request) throws S3ErrorException {
    String id = request.query("uploadId");
    Upload upload = uploads.get(id);
    if (upload == null
        || !upload.bucket().equals(request.bucket())
        || !upload.key().equals(request.key())) {
      throw new S3ErrorException(
              404,
              "NoSuchUpload",
              "The specified upload does not exist. The upload ID may be invalid, or the upload may"
                  + " have been aborted or completed.")
          .detail("UploadId", id);
    }
    return upload;
  }

  /**
   * The part number that a request names.
   *
   * @throws S3ErrorException InvalidArgument
   */
  static int partNumber(S3Request request) throws S3ErrorException {
    String text = request.query("partNumber");
    int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > MAX_PART_NUMBER) {
      throw S3ErrorException.invalidArgument(
          "partNumber", text, "Part number must be an integer between 1 and 10000, inclusive");
    }
    return number;
  }

  S3Response create(S3Request request) throws IOException {
    String id = UUID.randomUUID().toString().replace("-", "");
    Upload upload = Upload.begin(request, id, store.clock().instant());
    uploads.put(id, upload);
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    upload
        .asked()
        .ifPresent(
            algorithm -> {
              headers.put("x-amz-checksum-algorithm", algorithm.name());
              headers.put("x-amz-checksum-type", upload.checksumType());
            });
    return S3Response.xml(
        200,
        headers,
        XmlWriter.document("InitiateMultipartUploadResult")
            .element("Bucket", request.bucket())
            .element("Key", request.key())
            .element("UploadId", id));
  }

  S3Response uploadPart(S3Request request, AuthorizedRequest authorized) throws IOException {
    int number = partNumber(request);
    Upload upload = find(request);
    ReceivedBody received =
        new UploadBody(request, authorized.chunkVerifier())
            .receive(store.bodies(), upload.algorithm());
    if (received.algorithm() != upload.algorithm() && upload.asked().isPresent()) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "Checksum Type mismatch occurred, expected checksum Type: "
              + upload.algorithm().name().toLowerCase(Locale.ROOT)
              + ", actual checksum Type: "
              + received.algorithm().name().toLowerCase(Locale.ROOT));
    }
    upload
        .parts()
        .put(
            number,
            new Part(
                number,
                received.content(),
                received.md5(),
                store.clock().instant(),
                received.checksum()));
    var headers = new LinkedHashMap<String, String>();
    headers.put("ETag", '"' + received.md5() + '"');
    headers.put(Metadata.ENCRYPTION, "AES256");
    headers.put(received.algorithm().header(), received.checksum());
    return S3Response.empty(200, headers);
  }

  S3Response copyPart(S3Request request, AuthorizedRequest authorized) throws IOException {
    int number = partNumber(request);
    Upload upload = find(request);
    CopyObject.Source source = CopyObject.source(request, authorized, store);
    Content content = part(source.object(), request.header("x-amz-copy-source-range"));
    Digests digests = Digests.of(content, upload.algorithm());
    var part =
        new Part(number, content, digests.md5(), store.clock().instant(), digests.checksum());
    upload.parts().put(number, part);
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    if (source.versioned()) {
      headers.put("x-amz-copy-source-version-id", source.object().versionId());
    }
    XmlWriter xml =
        XmlWriter.document("CopyPartResult")
            .element("LastModified", S3Dates.xml(part.modified()))
            .element("ETag", '"' + part.eTag() + '"');
    upload.asked().ifPresent(algorithm -> xml.element(algorithm.element(), part.checksum()));
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

  S3Response complete(S3Request request, AuthorizedRequest authorized) throws IOException {
    Upload upload = find(request);
    Bucket bucket = store.bucket(request.bucket());
    var claimed = new FullObjectClaim(request);
    byte[] document =
        new UploadBody(claimed.withoutIt(), authorized.chunkVerifier()).document(store.bodies());
    Element root = XmlDocument.root(document, "CompleteMultipartUpload");
    List<Part> chosen = chosen(upload, XmlDocument.children(root, "Part"));
    StoredObject whole = upload.complete(chosen, store.clock().instant());
    claimed.check(whole);
    StoredObject stored = bucket.put(whole, Preconditions.ofWrite(request));
    uploads.remove(upload.id());
    XmlWriter xml =
        XmlWriter.document("CompleteMultipartUploadResult")
            .element("Location", location(request))
            .element("Bucket", request.bucket())
            .element("Key", request.key())
            .element("ETag", stored.quotedETag());
    S3Elements.checksum(xml, stored.checksum());
    return S3Response.xml(200, PutObject.headers(bucket, stored), xml);
  }

  private static String location(S3Request request) {
    return "http://"
        + request.header("Host")
        + "/"
        + request.bucket()
        + "/"
        + UriEncoding.encode(request.key());
  }

  private static List<Part> chosen(Upload upload, List<Element> listed) throws S3ErrorException {
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

  private static Part uploaded(Upload upload, int number, Element listed) throws S3ErrorException {
    String eTag = XmlDocument.text(listed, "ETag").strip().replace("\"", "");
    String checksum = XmlDocument.text(listed, upload.algorithm().element()).strip();
    Part part = upload.parts().get(number);
    if (part == null
        || !part.eTag().equals(eTag)
        || !(checksum.isEmpty() || checksum.equals(part.checksum()))) {
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

  private static void requireSize(Part part) throws S3ErrorException {
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

  S3Response abort(S3Request request) throws S3ErrorException {
    uploads.remove(find(request).id());
    return S3Response.empty(204, Map.of());
  }

  /** The headers of CompleteMultipartUpload about the whole object. */
  private static final class FullObjectClaim {
    private final S3Request request;

    FullObjectClaim(S3Request request) {
      this.request = request;
    }

    /** The request without the checksum headers, which are not about its own body. */
    S3Request withoutIt() {
      return request.withoutHeaders(name -> ChecksumAlgorithm.ofHeader(name).isPresent());
    }

    void check(StoredObject whole) throws S3ErrorException {
      ChecksumAlgorithm algorithm = whole.checksum().algorithm();
      String claimed = request.header(algorithm.header());
      if (!claimed.isEmpty() && !claimed.equals(whole.checksum().value())) {
        throw UploadBody.badChecksum(algorithm);
      }
      String size = request.header("x-amz-mp-object-size");
      if (!size.isEmpty() && !size.equals(String.valueOf(whole.size()))) {
        throw new S3ErrorException(
            400,
            "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header value "
                + size
                + " does not match what was computed: "
                + whole.size());
      }
    }
  }
}
