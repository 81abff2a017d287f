package global.pixell.par.testkit.cli.serve;

import global.pixell.par.launcher.log.LogProvider;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.UsageException;
import global.pixell.par.testkit.internal.pack.AgentFiles;
import global.pixell.par.testkit.internal.stub.InvalidStubsException;
import global.pixell.par.testkit.internal.stub.StubDirectory;
import global.pixell.par.testkit.internal.stub.StubServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The WireMock of {@code --stubs} and {@code --record}; without these options, nothing. */
public final class Stubs implements AutoCloseable {

  /** The options, with a value each. */
  static final Set<String> OPTIONS = Set.of("--stubs", "--record");

  /** The lines of the help. */
  public static final String HELP =
      """
        --stubs DIR         run a WireMock with DIR/mappings and DIR/__files, for the HTTP APIs that
                            an agent calls; reads edited files at the next call
        --record URL        pass the calls on to URL instead, and write mapping files into DIR (stubs
                            by default) at the end, without Authorization and cookies
      """;

  private static final String PLACEHOLDER = "{stubs}";

  private final Optional<Path> directory;
  private final Optional<StubServer> server;

  private Stubs(Optional<Path> directory, Optional<StubServer> server) {
    this.directory = directory;
    this.server = server;
  }

  /**
   * Starts the server if an option asks for it.
   *
   * @param notes called with a line for each call without a stub and each file that was read again
   * @throws UsageException when a value cannot be used
   */
  public static Stubs start(Options options, Consumer<String> notes) {
    Optional<String> target = options.value("--record");
    Optional<Path> directory =
        options.value("--stubs").or(() -> target.map(url -> "stubs")).map(Path::of);
    if (directory.isEmpty()) {
      return new Stubs(Optional.empty(), Optional.empty());
    }
    target.ifPresent(url -> prepare(url, directory.get()));
    LogProvider.selectNow();
    try {
      var settings =
          new StubServer.Settings(
              Optional.of(StubDirectory.checked(directory.get())),
              target,
              Optional.of(note -> notes.accept(TerminalText.printable(note))));
      return new Stubs(directory, Optional.of(StubServer.start(settings)));
    } catch (InvalidStubsException | IllegalStateException e) {
      throw new UsageException("--stubs: " + e.getMessage());
    }
  }

  private static void prepare(String url, Path directory) {
    if (!isHttp(url)) {
      throw new UsageException(
          "--record must be the URL of an API such as https://api.openai.com, and '"
              + url
              + "' is not");
    }
    try {
      Files.createDirectories(directory.resolve("mappings"));
    } catch (IOException e) {
      throw new UncheckedIOException("the directory " + directory + " cannot be made", e);
    }
  }

  private static boolean isHttp(String text) {
    try {
      URI url = URI.create(text);
      return Set.of("http", "https").contains(String.valueOf(url.getScheme()))
          && url.getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The server; empty without the options. */
  Optional<StubServer> server() {
    return server;
  }

  /** Lines about the stubs of an agent: where they are, and whether they become a part of it. */
  public List<String> describe(Path folder) {
    if (server.isEmpty()) {
      return List.of();
    }
    var lines = new ArrayList<String>();
    int mappings = server.get().mappings();
    lines.add(
        "stubs: "
            + server.get().baseUrl()
            + ", "
            + mappings
            + (mappings == 1 ? " mapping" : " mappings"));
    Path inside =
        folder
            .toAbsolutePath()
            .normalize()
            .relativize(directory.get().toAbsolutePath().normalize());
    boolean packed =
        AgentFiles.of(folder).files().keySet().stream()
            .anyMatch(name -> Path.of(name).startsWith(inside));
    if (packed) {
      lines.add(
          "stubs: "
              + inside
              + "/ is a part of the package, and an edit boots the agent again; the line "
              + inside
              + "/ in .parignore leaves it out");
    }
    return lines;
  }

  /**
   * Replaces <code>{stubs}</code> by the address of the server.
   *
   * @throws UsageException when there is no server
   */
  public String expand(String text) {
    if (!text.contains(PLACEHOLDER)) {
      return text;
    }
    return text.replace(
        PLACEHOLDER,
        server
            .map(StubServer::baseUrl)
            .orElseThrow(
                () ->
                    new UsageException(
                        PLACEHOLDER
                            + ", which is the address of --stubs DIR or --record URL; add one of"
                            + " them")));
  }

  /** Stops the server, and writes what it recorded. A second call does nothing. */
  @Override
  public void close() {
    server.ifPresent(StubServer::close);
  }
}
