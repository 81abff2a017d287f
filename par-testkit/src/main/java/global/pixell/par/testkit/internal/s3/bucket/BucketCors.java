package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.testkit.internal.s3.model.BucketSetting;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.XmlDocument;
import global.pixell.par.testkit.internal.s3.model.XmlSchema;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Operation;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * CORS: GetBucketCors, PutBucketCors and DeleteBucketCors, the answer to a browser's preflight, and
 * the CORS headers of every other answer.
 */
public final class BucketCors {

  private static final XmlSchema DOCUMENT = XmlSchema.of().many("CORSRule", CorsRule.SCHEMA);
  private static final int MAX_RULES = 100;

  private final ObjectStore store;
  private final BucketSetting<List<CorsRule>> configurations = new BucketSetting<>();

  public BucketCors(ObjectStore store) {
    this.store = store;
  }

  public S3Response get(S3Request request) throws S3ErrorException {
    List<CorsRule> rules = rules(request);
    if (rules.isEmpty()) {
      throw DefaultSettings.missing(
          request.bucket(), "NoSuchCORSConfiguration", "The CORS configuration does not exist");
    }
    XmlWriter xml = XmlWriter.document("CORSConfiguration");
    rules.forEach(rule -> rule.write(xml));
    return S3Response.xml(xml);
  }

  public S3Response put(S3Request request, AuthorizedRequest authorized) throws IOException {
    byte[] document = new UploadBody(request, authorized.chunkVerifier()).document(store.bodies());
    Element root = XmlDocument.root(document, "CORSConfiguration", DOCUMENT);
    var rules = new ArrayList<CorsRule>();
    for (Element rule : XmlDocument.children(root, "CORSRule")) {
      rules.add(CorsRule.of(rule));
    }
    if (rules.isEmpty() || rules.size() > MAX_RULES) {
      throw S3ErrorException.malformedXml();
    }
    configurations.put(request.bucket(), List.copyOf(rules));
    return S3Response.empty(200, Map.of());
  }

  public S3Response delete(S3Request request) {
    configurations.remove(request.bucket());
    return S3Response.empty(204, Map.of());
  }

  /** The rules of all buckets. */
  public BucketSetting<List<CorsRule>> setting() {
    return configurations;
  }

  private List<CorsRule> rules(S3Request request) {
    return configurations.of(request.bucket()).orElse(List.of());
  }

  /**
   * Answers a preflight request.
   *
   * @throws S3ErrorException 403 when no rule allows the request, 400 when the preflight names no
   *     request
   */
  public S3Response preflight(S3Request request) throws S3ErrorException {
    String origin = request.header("Origin");
    String method = request.header("Access-Control-Request-Method");
    if (origin.isEmpty()) {
      throw badRequest("Insufficient information. Origin request header needed.");
    }
    if (!store.hasBucket(request.bucket())) {
      throw forbidden("Bucket not found", method, "BUCKET");
    }
    if (rules(request).isEmpty()) {
      throw forbidden("CORS is not enabled for this bucket.", method, "BUCKET");
    }
    if (method.isEmpty()) {
      throw badRequest("Invalid Access-Control-Request-Method: null");
    }
    Map<String, String> answer =
        answer(request, method)
            .orElseThrow(
                () ->
                    forbidden(
                        "This CORS request is not allowed. This is usually because the evalution of"
                            + " Origin, request method / Access-Control-Request-Method or"
                            + " Access-Control-Request-Headers are not whitelisted by the"
                            + " resource's CORS spec.",
                        method,
                        request.resourceType()));
    return S3Response.empty(200, answer);
  }

  private static S3ErrorException badRequest(String message) {
    return new S3ErrorException(400, "BadRequest", message);
  }

  private static S3ErrorException forbidden(String why, String method, String resourceType) {
    return new S3ErrorException(403, "AccessForbidden", "CORSResponse: " + why)
        .detail("Method", method.isEmpty() ? "OPTIONS" : method)
        .detail("ResourceType", resourceType);
  }

  /**
   * The headers that let the page that sent a request read the answer. Empty for a request that
   * does not come from a page, or that no rule allows.
   */
  public Map<String, String> headers(S3Request request) {
    if (request.operation() == S3Operation.PREFLIGHT || request.header("Origin").isEmpty()) {
      return Map.of();
    }
    String announced = request.header("Access-Control-Request-Method");
    return answer(request, announced.isEmpty() ? request.method() : announced).orElse(Map.of());
  }

  private Optional<Map<String, String>> answer(S3Request request, String method) {
    String origin = request.header("Origin");
    List<String> wanted =
        Arrays.stream(request.header("Access-Control-Request-Headers").split(",", -1))
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .toList();
    return rules(request).stream()
        .filter(rule -> rule.allows(origin, method, wanted))
        .findFirst()
        .map(rule -> rule.answer(origin, wanted));
  }
}
