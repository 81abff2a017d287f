package global.pixell.par.testkit.cli.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** Calls a running agent. */
public final class InvokeCommand implements Command {

  /** The agent answered with an error. */
  static final int REFUSED = 1;

  /** The agent does not answer; the number of {@code UNAVAILABLE}. */
  static final int UNAVAILABLE = 83;

  private static final int CONNECT_MILLIS = 5000;

  @Override
  public String name() {
    return "invoke";
  }

  @Override
  public String summary() {
    return "calls a running agent with JSON, and prints its answer";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(Set.of("--path", "--agent"), Set.of(), List.of(), List.of("JSON"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit invoke ['{"action": …}' | -] [--path /PATH] [--agent AGENT]

        Sends JSON to an agent that dev runs, as POST /invoke on its REST_PORT, and prints the answer.
        The JSON is an argument; with - or without one it is read from standard input.

          --path /PATH    another route of the agent than /invoke
          --agent AGENT   its name, its directory or the process id that ps shows; by default the
                          agent of the current directory, or the only one

        Exit codes: 0 for an answer, 1 for an error of the agent (its answer is printed, too), 80 for
        wrong arguments or when no agent runs, 83 when the agent does not answer.
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException {
    String path = options.value("--path").orElse("/invoke");
    if (!path.startsWith("/")) {
      throw new UsageException("--path must begin with /, and '" + path + "' does not");
    }
    String argument = options.words().isEmpty() ? "-" : options.words().get(0);
    byte[] body =
        argument.equals("-") ? System.in.readAllBytes() : argument.getBytes(StandardCharsets.UTF_8);
    requireJson(body);
    Instances.Instance agent = Instances.of(terminal.environment()).agent(options.value("--agent"));
    URI uri = uri(agent.get("REST_PORT"), path);
    try {
      return call(uri, body, terminal);
    } catch (ConnectException e) {
      terminal.err().println("par-testkit: " + agent.get("agent") + " does not listen on " + uri);
      terminal.err().println("  par-testkit logs shows whether it is ready.");
      return UNAVAILABLE;
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + uri + " did not answer: " + e.getMessage());
      terminal.err().println("  par-testkit logs shows what the agent did.");
      return UNAVAILABLE;
    }
  }

  private static URI uri(String port, String path) {
    try {
      return new URI("http://127.0.0.1:" + port + path);
    } catch (URISyntaxException e) {
      throw new UsageException("--path: " + e.getMessage());
    }
  }

  private static void requireJson(byte[] body) throws IOException {
    try {
      var json = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
      if (json.readTree(body).isMissingNode()) {
        throw new UsageException("JSON is missing");
      }
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "this is not JSON: "
              + TerminalText.printable(e.getOriginalMessage())
              + " (line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr()
              + ")");
    }
  }

  private static int call(URI uri, byte[] body, Terminal terminal) throws IOException {
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setRequestProperty("Accept", "application/json, */*");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(body.length);
    connection.getOutputStream().write(body);
    int status = connection.getResponseCode();
    boolean refused = status >= 400;
    InputStream answer = refused ? connection.getErrorStream() : connection.getInputStream();
    print(answer == null ? InputStream.nullInputStream() : answer, terminal);
    if (!refused) {
      return 0;
    }
    terminal.err().println("par-testkit: the agent answered " + status + " to POST " + uri);
    if (status == 404) {
      terminal.err().println("  Name another route of the agent with --path.");
    }
    return REFUSED;
  }

  /** Prints each part when it arrives. */
  private static void print(InputStream answer, Terminal terminal) throws IOException {
    byte[] block = new byte[1 << 16];
    byte last = '\n';
    for (int count = answer.read(block); count > 0; count = answer.read(block)) {
      terminal.out().write(block, 0, count);
      terminal.out().flush();
      last = block[count - 1];
    }
    if (last != '\n') {
      terminal.out().println();
    }
  }
}
