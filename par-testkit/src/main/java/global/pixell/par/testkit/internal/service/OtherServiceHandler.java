package global.pixell.par.testkit.internal.service;

import global.pixell.par.testkit.internal.auth.Authenticator;
import global.pixell.par.testkit.internal.auth.Authenticator.VerifiedSignature;
import global.pixell.par.testkit.internal.auth.CredentialStore;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.iam.PolicyEvaluator;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.request.ConditionContextBuilder;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.service.OtherServices.ServiceCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers requests to services other than S3: recognizes them, verifies their signature, and
 * evaluates the policies.
 */
public final class OtherServiceHandler {

  /** Requests to these services are much smaller than this. */
  private static final int MAX_BODY = 1 << 20;

  private final Authenticator authenticator;
  private final Clock clock;

  public OtherServiceHandler(CredentialStore identities, Clock clock) {
    this.authenticator = new Authenticator(identities, clock);
    this.clock = clock;
  }

  /**
   * A request to another service, with its body read.
   *
   * @param payload the payload hash in the signature
   */
  public record ServiceRequest(HttpRequest wire, ServiceCall call, String payload) {

    /** For instance {@code ListTasks}. */
    public String operation() {
      return OtherServices.operation(call);
    }
  }

  /**
   * Reads a request if it is for another service.
   *
   * @return empty when it is for S3; its body is then unread
   */
  public Optional<ServiceRequest> read(HttpRequest wire) throws IOException {
    boolean unsignedForm =
        wire.method().equals("POST")
            && wire.target().equals("/")
            && wire.header("Authorization").isEmpty()
            && !wire.header("Content-Type").startsWith("multipart/form-data");
    if (!unsignedForm && !OtherServices.recognises(call(wire, ""))) {
      return Optional.empty();
    }
    byte[] body = wire.body().readNBytes(MAX_BODY);
    String named = wire.header("x-amz-content-sha256");
    var request =
        new ServiceRequest(
            wire,
            call(wire, new String(body, StandardCharsets.UTF_8)),
            named.isEmpty() ? HexFormat.of().formatHex(SigV4.sha256().digest(body)) : named);
    return Optional.of(request).filter(each -> OtherServices.recognises(each.call()));
  }

  public S3Response answer(ServiceRequest request, JournalEntry entry) throws IOException {
    ServiceCall call = request.call();
    OtherServices.Reply answer;
    try {
      Optional<VerifiedSignature> signed =
          authenticator.verifyOther(
              request.wire(), S3Request.parsed(call.query()), request.payload());
      Principal caller =
          signed.map(each -> each.credentials().principal()).orElse(Principal.ANONYMOUS);
      entry.recordPrincipal(caller);
      var evaluator =
          new PolicyEvaluator(
              signed.map(each -> each.credentials().policies()).orElse(List.of()), List.of());
      Map<String, List<String>> keys =
          ConditionContextBuilder.ofAnyService(request.wire(), signed, OtherServices.region(call));
      answer = OtherServices.answer(call, caller, evaluator, keys, clock.instant(), entry);
    } catch (S3ErrorException failure) {
      answer = OtherServices.refusal(call, failure);
    }
    return new S3Response(
        answer.status(),
        answer.headers(),
        S3Response.Body.of(answer.body().getBytes(StandardCharsets.UTF_8)));
  }

  private static ServiceCall call(HttpRequest wire, String body) {
    String target = wire.target();
    int mark = target.indexOf('?');
    Map<String, List<String>> headers = new LinkedHashMap<>();
    wire.headers().forEach((name, value) -> headers.put(name, List.of(value)));
    return new ServiceCall(
        wire.method(),
        mark < 0 ? target : target.substring(0, mark),
        mark < 0 ? "" : target.substring(mark + 1),
        headers,
        body);
  }
}
