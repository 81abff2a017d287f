package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.auth.PostPolicy;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.MalformedBodyException;
import global.pixell.par.testkit.internal.http.MultipartForm;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.Tags;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** PostObject: the upload of a form, as a page in a browser sends it. */
public final class PostObject {

  private static final Set<String> SIGNATURE =
      Set.of(
          "x-amz-algorithm",
          "x-amz-credential",
          "x-amz-date",
          "x-amz-security-token",
          "x-amz-signature");

  private static final List<String> HEADERS =
      List.of(
          "cache-control",
          "content-disposition",
          "content-encoding",
          "content-language",
          "content-md5",
          "content-type",
          "expires");

  private final ObjectStore store;
  private final PutObject writes;

  public PostObject(ObjectStore store, PutObject writes) {
    this.store = store;
    this.writes = writes;
  }

  public S3Response post(S3Request request, AuthorizedRequest sender) throws IOException {
    String type = request.header("Content-Type");
    if (!type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw new S3ErrorException(
              412,
              "PreconditionFailed",
              "At least one of the pre-conditions you specified did not hold")
          .detail("Condition", "Bucket POST must be of the enclosure-type multipart/form-data");
    }
    String boundary = MultipartForm.boundary(type).orElseThrow(PostObject::malformed);
    try {
      return post(request, sender, PostForm.read(new MultipartForm(request.body(), boundary)));
    } catch (MalformedBodyException e) {
      throw malformed();
    }
  }

  private S3Response post(S3Request request, AuthorizedRequest sender, PostForm form)
      throws IOException {
    if (form.field("key").isEmpty()) {
      throw S3ErrorException.missingField("key");
    }
    S3Request.refuseLongKey(form.field("key"));
    AuthorizedRequest signer = sender.ofForm(upload(request, form), form.fields());
    var file = new SizedInputStream(form.file());
    if (!signer.principal().isAnonymous()) {
      PostPolicy policy = PostPolicy.parse(form.field("policy"));
      policy.check(form.fields(), request.bucket(), store.clock().instant());
      file.limit(policy.min(), policy.max());
    }
    S3Request upload = upload(request, form).withBody(file);
    signer.requirePermissions(upload);
    return answer(request, form, upload, writes.store(upload, ChunkVerifier.NONE));
  }

  /** The same upload as a PutObject, with the fields of the form as its headers. */
  private static S3Request upload(S3Request request, PostForm form) throws IOException {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (Map.Entry<String, String> field : form.fields().entrySet()) {
      String name = field.getKey();
      if (HEADERS.contains(name) || (name.startsWith("x-amz-") && !SIGNATURE.contains(name))) {
        headers.put(name, field.getValue());
      }
    }
    if (!form.field("acl").isEmpty()) {
      headers.put("x-amz-acl", form.field("acl"));
    }
    if (!form.field("tagging").isEmpty()) {
      byte[] document = form.field("tagging").getBytes(StandardCharsets.UTF_8);
      headers.put("x-amz-tagging", Tags.ofDocument(document, Tags.Owner.OBJECT).text());
    }
    headers.put("Host", request.header("Host"));
    // The length of the file is unknown until its end.
    headers.put("Transfer-Encoding", "chunked");
    var wire = new HttpRequest("POST", request.wire().target(), headers, form.file());
    return new S3Request(
        wire, S3Operation.PUT_OBJECT, request.bucket(), form.field("key"), Map.of());
  }

  private S3Response answer(S3Request request, PostForm form, S3Request upload, StoredObject stored)
      throws IOException {
    Map<String, String> headers = writes.headersOfUpload(upload, stored);
    String location =
        "http://" + request.header("Host") + path(request) + "/" + encoded(stored.key());
    String redirect = redirect(form);
    if (!redirect.isEmpty()) {
      headers.put(
          "Location",
          redirect
              + (redirect.contains("?") ? "&" : "?")
              + "bucket="
              + request.bucket()
              + "&key="
              + encoded(stored.key()).replace("%20", "+")
              + "&etag="
              + encoded(stored.quotedETag()));
      return S3Response.empty(303, headers);
    }
    headers.put("Location", location);
    return switch (form.field("success_action_status")) {
      case "200" -> S3Response.empty(200, headers);
      case "201" ->
          S3Response.xml(
              201,
              headers,
              XmlWriter.document("PostResponse", "")
                  .element("Location", location)
                  .element("Bucket", request.bucket())
                  .element("Key", stored.key())
                  .element("ETag", stored.quotedETag()));
      default -> S3Response.empty(204, headers);
    };
  }

  /** The bucket in the path; empty when the host names the bucket. */
  private static String path(S3Request request) {
    return request.wire().target().startsWith("/" + request.bucket()) ? "/" + request.bucket() : "";
  }

  /** The redirect of the form. S3 ignores a redirect that is not an absolute URL. */
  private static String redirect(PostForm form) {
    String current = form.field("success_action_redirect");
    String redirect = current.isEmpty() ? form.field("redirect") : current;
    try {
      URI uri = URI.create(redirect);
      boolean absolute = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      return absolute && uri.getHost() != null ? redirect : "";
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static String encoded(String text) {
    return UriEncoding.encode(text).replace("/", "%2F");
  }

  private static S3ErrorException malformed() {
    return new S3ErrorException(
        400,
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.");
  }
}
