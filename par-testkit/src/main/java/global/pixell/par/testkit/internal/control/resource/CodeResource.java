package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.fault.FaultQueue.FaultStatus;
import global.pixell.par.testkit.internal.http.NetworkConditions;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * {@code /_par/code}: the faults and the network of now as code, so that a scenario that somebody
 * tried by hand becomes a test. Faults that have happened are among them.
 */
public final class CodeResource {

  private final FakeServer server;
  private final ControlContext context;
  private final Map<String, Form> forms =
      new TreeMap<>(
          Map.of(
              "junit",
              new Form(
                  "// ",
                  spec -> "s3.inject(" + quoted(spec) + ");",
                  millis -> "s3.latency(java.time.Duration.ofMillis(" + millis + "));",
                  rate -> "s3.bandwidth(" + rate + ");"),
              "pytest",
              new Form(
                  "# ",
                  spec -> "par_s3.fault(" + quoted(spec) + ")",
                  millis -> "par_s3.latency(" + quoted(millis + "ms") + ")",
                  rate -> "par_s3.bandwidth(" + rate + ")"),
              "shell",
              new Form(
                  "# ",
                  spec -> curl("POST", "faults", Map.of("spec", spec)),
                  millis -> curl("PATCH", "network", Map.of("latency", millis + "ms")),
                  rate -> curl("PATCH", "network", Map.of("bandwidth", rate)))));

  /**
   * One way to write code.
   *
   * @param comment what begins a comment
   */
  private record Form(
      String comment,
      Function<String, String> fault,
      Function<String, String> latency,
      Function<String, String> bandwidth) {}

  public CodeResource(FakeServer server, ControlContext context) {
    this.server = server;
    this.context = context;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly("as");
    String name = request.parameter("as").orElse("shell");
    Form form = forms.get(name);
    if (form == null) {
      throw ControlException.badRequest(
          "as must be one of " + String.join(", ", forms.keySet()) + ", and '" + name + "' is not.",
          "Leave it out for shell.");
    }
    return ControlResponse.text(code(form));
  }

  private String code(Form form) {
    var code = new StringBuilder();
    List<FaultStatus> faults = server.faults().statuses();
    for (FaultStatus fault : faults) {
      code.append(
          fault.spec().isEmpty()
              ? form.comment() + "injected in Java: " + line(fault.target() + ": " + fault.fault())
              : form.fault().apply(fault.spec()));
      code.append('\n');
    }
    NetworkConditions network = server.network();
    if (!network.latency().isZero()) {
      code.append(form.latency().apply("" + network.latency().toMillis())).append('\n');
    }
    if (network.bandwidth() > 0) {
      code.append(form.bandwidth().apply("" + network.bandwidth())).append('\n');
    }
    return code.isEmpty() ? form.comment() + "There are no faults.\n" : code.toString();
  }

  /** A comment must not continue in code. */
  private static String line(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  /** A literal of JSON, which Java and Python read as the same text. */
  private static String quoted(String text) {
    String object = Json.write(Map.of("", text));
    return object.substring("{\"\":".length(), object.length() - 1);
  }

  private String curl(String method, String path, Map<String, String> body) {
    String json = Json.write(body).replace("'", "'\\''");
    String option = method.equals("POST") ? "" : "-X " + method + " ";
    return "curl -fsS "
        + option
        + context.endpoint().get()
        + "/_par/"
        + path
        + " -d '"
        + json
        + "'";
  }
}
