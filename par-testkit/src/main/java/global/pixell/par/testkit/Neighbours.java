package global.pixell.par.testkit;

import global.pixell.par.testkit.Authenticator.Signed;
import global.pixell.par.testkit.OtherServices.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The door to the services beside S3: tells them apart, proves the signature, lets them answer. */
final class Neighbours {

  /** The JSON and the forms of these services are far smaller. */
  private static final int MAX_BODY = 1 << 20;

  private final Authenticator authenticator;
  private final Clock clock;

  Neighbours(Identities identities, Clock clock) {
    this.authenticator = new Authenticator(identities, clock);
    this.clock = clock;
  }

  /**
   * A request to another service, its body read.
   *
   * @param payload what stands for the body in the signature
   */
  record Visit(HttpRequest wire, Call call, String payload) {

    /** For instance {@code ListTasks}. */
    String operation() {
      return OtherServices.operation(call);
    }
  }

  /**
   * Reads a request as one to another service.
   *
   * @return empty when it is S3's; its body is then untouched
   */
  Optional<Visit> visit(HttpRequest wire) throws IOException {
    boolean unsignedForm =
        wire.method().equals("POST")
            && wire.target().equals("/")
            && wire.header("Authorization").isEmpty();
    if (!unsignedForm && !OtherServices.recognises(call(wire, ""))) {
      return Optional.empty();
    }
    byte[] body = wire.body().readNBytes(MAX_BODY);
    String named = wire.header("x-amz-content-sha256");
    var visit =
        new Visit(
            wire,
            call(wire, new String(body, StandardCharsets.UTF_8)),
            named.isEmpty() ? HexFormat.of().formatHex(SigV4.sha256().digest(body)) : named);
    return Optional.of(visit).filter(each -> OtherServices.recognises(each.call()));
  }

  Answer answer(Visit visit, Trail trail) throws IOException {
    Call call = visit.call();
    OtherServices.Answer answer;
    try {
      Optional<Signed> signed =
          authenticator.proveOther(visit.wire(), S3Request.parsed(call.query()), visit.payload());
      Principal caller =
          signed.map(each -> each.credentials().principal()).orElse(Principal.ANONYMOUS);
      trail.caller(caller);
      var evaluator =
          new PolicyEvaluator(
              signed.map(each -> each.credentials().policies()).orElse(List.of()), List.of());
      Map<String, List<String>> keys =
          RequestKeys.ofAnyService(visit.wire(), signed, OtherServices.region(call));
      answer = OtherServices.answer(call, caller, evaluator, keys, clock.instant(), trail);
    } catch (S3Failure failure) {
      answer = OtherServices.refusal(call, failure);
    }
    return new Answer(
        answer.status(),
        answer.headers(),
        Answer.Body.of(answer.body().getBytes(StandardCharsets.UTF_8)));
  }

  private static Call call(HttpRequest wire, String body) {
    String target = wire.target();
    int mark = target.indexOf('?');
    Map<String, List<String>> headers = new LinkedHashMap<>();
    wire.headers().forEach((name, value) -> headers.put(name, List.of(value)));
    return new Call(
        wire.method(),
        mark < 0 ? target : target.substring(0, mark),
        mark < 0 ? "" : target.substring(mark + 1),
        headers,
        body);
  }
}
