package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject.Part;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.object.Metadata;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import global.pixell.par.testkit.internal.s3.request.UploadBody.ReceivedBody;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The multipart uploads in progress: CreateMultipartUpload, UploadPart, AbortMultipartUpload. */
public final class MultipartUploads {

  private final ObjectStore store;
  private final Map<String, Upload> uploads = new ConcurrentHashMap<>();

  public MultipartUploads(ObjectStore store) {
    this.store = store;
  }

  /** The owner of the bucket of an upload. */
  public Principal owner(Upload upload) {
    return store.owner(upload.bucket());
  }

  /** All uploads in progress. */
  public List<Upload> all() {
    return List.copyOf(uploads.values());
  }

  /**
   * The upload that a request names.
   *
   * @throws S3ErrorException NoSuchUpload
   */
  public Upload find(S3Request request) throws S3ErrorException {
    String id = request.query("uploadId");
    Upload upload = uploads.get(id);
    if (upload == null || !upload.isFor(request)) {
      throw new S3ErrorException(
              404,
              "NoSuchUpload",
              "The specified upload does not exist. The upload ID may be invalid, or the upload may"
                  + " have been aborted or completed.")
          .detail("UploadId", id);
    }
    return upload;
  }

  /** Removes an upload, and with it the parts that no object uses. */
  public void remove(Upload upload) {
    uploads.remove(upload.id());
  }

  /** Removes the uploads of a deleted bucket. */
  public void removeAll(String bucket) {
    uploads.values().removeIf(upload -> upload.bucket().equals(bucket));
  }

  public S3Response create(S3Request request) throws IOException {
    String id = UUID.randomUUID().toString().replace("-", "");
    Upload upload = Upload.begin(request, id, store.clock().instant());
    uploads.put(id, upload);
    var headers = new LinkedHashMap<String, String>();
    headers.put(Metadata.ENCRYPTION, "AES256");
    upload
        .chosenAlgorithm()
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

  public S3Response uploadPart(S3Request request, AuthorizedRequest authorized) throws IOException {
    int number = request.partNumber();
    Upload upload = find(request);
    ReceivedBody received =
        new UploadBody(request, authorized.chunkVerifier())
            .receive(store.bodies(), upload.algorithm());
    if (received.algorithm() != upload.algorithm() && upload.chosenAlgorithm().isPresent()) {
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

  public S3Response abort(S3Request request) throws S3ErrorException {
    remove(find(request));
    return S3Response.empty(204, Map.of());
  }
}
