package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.listing.ContinuationToken;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UnsupportedHeaders;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/** The operations on buckets themselves. */
public final class BucketOperations {

  private static final String OLDEST_REGION = "us-east-1";
  private static final Pattern NAME =
      Pattern.compile("(?!\\d+\\.\\d+\\.\\d+\\.\\d+$)(?!.*\\.\\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final int MAX_BUCKETS = 10_000;
  private static final XmlSchema CONFIGURATION =
      XmlSchema.of("LocationConstraint").unsupported("Bucket", "Location", "Tags");
  private static final XmlSchema VERSIONING = XmlSchema.of("Status", "MfaDelete");

  private final ObjectStore store;

  public BucketOperations(ObjectStore store) {
    this.store = store;
  }

  public S3Response list(S3Request request, AuthorizedRequest authorized) throws IOException {
    String prefix = request.query("prefix");
    String region = request.query("bucket-region");
    String after = ContinuationToken.decode("", request);
    int max = Math.min(MAX_BUCKETS, request.number("max-buckets", MAX_BUCKETS));
    List<String> rest =
        store.buckets().stream()
            .filter(name -> name.startsWith(prefix) && name.compareTo(after) > 0)
            .filter(name -> region.isEmpty() || store.region(name).equals(region))
            .toList();
    List<String> page = rest.subList(0, Math.min(max, rest.size()));
    XmlWriter xml = XmlWriter.document("ListAllMyBucketsResult");
    S3Elements.principal(xml, "Owner", authorized.principal());
    xml.open("Buckets");
    for (String bucket : page) {
      xml.open("Bucket")
          .element("Name", bucket)
          .element("CreationDate", S3Dates.xml(store.created(bucket)))
          .element("BucketRegion", store.region(bucket))
          .close();
    }
    xml.close();
    if (page.size() < rest.size() && !page.isEmpty()) {
      xml.element("ContinuationToken", ContinuationToken.encode("", page.get(page.size() - 1)));
    }
    return S3Response.xml(xml.optional("Prefix", prefix));
  }

  public S3Response create(S3Request request, AuthorizedRequest authorized) throws IOException {
    String name = request.bucket();
    if (!NAME.matcher(name).matches()) {
      throw new S3ErrorException(400, "InvalidBucketName", "The specified bucket is not valid.")
          .detail("BucketName", name);
    }
    String region = constraint(request, authorized);
    requirePermissions(request, authorized, region);
    UnsupportedHeaders.check(request);
    if (store.hasBucket(name)) {
      throw new S3ErrorException(
              409,
              "BucketAlreadyOwnedByYou",
              "Your previous request to create the named bucket succeeded and you already own it.")
          .detail("BucketName", name);
    }
    store.createBucket(name);
    store.owner(name, authorized.principal());
    // Without a constraint, S3 creates the bucket in us-east-1, if the request is signed for that
    // region.
    if (!region.isEmpty()) {
      store.region(name, region);
    } else if (request.signedRegion().filter(OLDEST_REGION::equals).isPresent()) {
      store.region(name, OLDEST_REGION);
    }
    return S3Response.empty(200, Map.of("Location", "/" + name));
  }

  private static void requirePermissions(
      S3Request request, AuthorizedRequest authorized, String region) throws S3ErrorException {
    Map<String, List<String>> keys =
        region.isEmpty() ? Map.of() : Map.of("s3:LocationConstraint", List.of(region));
    authorized.requirePermission(Permission.onBucket("s3:CreateBucket", request.bucket()), keys);
    if (UnsupportedHeaders.hasAcl(request)) {
      authorized.requirePermission(Permission.onBucket("s3:PutBucketAcl", request.bucket()), keys);
    }
    if (!request.header("x-amz-object-ownership").isEmpty()) {
      authorized.requirePermission(
          Permission.onBucket("s3:PutBucketOwnershipControls", request.bucket()), keys);
    }
  }

  private String constraint(S3Request request, AuthorizedRequest authorized) throws IOException {
    if (List.of("", "0").contains(request.header("Content-Length"))
        && request.header("Transfer-Encoding").isEmpty()) {
      return "";
    }
    byte[] document = new UploadBody(request, authorized.chunkVerifier()).document(store.bodies());
    if (document.length == 0) {
      return "";
    }
    Element root = XmlDocument.root(document, "CreateBucketConfiguration", CONFIGURATION);
    return XmlDocument.text(root, "LocationConstraint").strip();
  }

  public S3Response delete(S3Request request) throws IOException {
    if (!store.bucket(request.bucket()).isEmpty()) {
      throw new S3ErrorException(
              409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
          .detail("BucketName", request.bucket());
    }
    store.deleteBucket(request.bucket());
    return S3Response.empty(204, Map.of());
  }

  public S3Response head(S3Request request) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("x-amz-bucket-region", store.region(request.bucket()));
    headers.put("x-amz-access-point-alias", "false");
    headers.put("Content-Type", "application/xml");
    return S3Response.empty(200, headers);
  }

  /** GetBucketLocation; us-east-1 has an empty name. */
  public S3Response location(S3Request request) {
    String region = store.region(request.bucket());
    return S3Response.xml(
        XmlWriter.document("LocationConstraint").text(region.equals(OLDEST_REGION) ? "" : region));
  }

  public S3Response versioning(S3Request request) throws IOException {
    String status =
        switch (store.bucket(request.bucket()).versioning()) {
          case OFF -> "";
          case ENABLED -> "Enabled";
          case SUSPENDED -> "Suspended";
        };
    return S3Response.xml(XmlWriter.document("VersioningConfiguration").optional("Status", status));
  }

  public S3Response setVersioning(S3Request request, AuthorizedRequest authorized)
      throws IOException {
    Bucket bucket = store.bucket(request.bucket());
    byte[] document = new UploadBody(request, authorized.chunkVerifier()).document(store.bodies());
    Element root = XmlDocument.root(document, "VersioningConfiguration", VERSIONING);
    if (XmlDocument.text(root, "MfaDelete").strip().equals("Enabled")) {
      throw S3ErrorException.notImplemented("MfaDelete");
    }
    switch (XmlDocument.text(root, "Status").strip()) {
      case "Enabled" -> bucket.versioning(Bucket.Versioning.ENABLED);
      case "Suspended" -> bucket.versioning(Bucket.Versioning.SUSPENDED);
      default ->
          throw new S3ErrorException(
              400,
              "IllegalVersioningConfigurationException",
              "The Versioning element must be specified");
    }
    return S3Response.empty(200, Map.of());
  }
}
