package global.pixell.par.testkit.internal.stub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A WireMock on a free port of loopback. This type shows nothing of WireMock, so that nothing of
 * the optional library is loaded before {@link #start}. Thread-safe.
 */
public interface StubServer extends AutoCloseable {

  /** The names of the types that {@link #instance} returns. */
  Set<String> TYPES =
      Set.of(
          "com.github.tomakehurst.wiremock.client.WireMock",
          "com.github.tomakehurst.wiremock.WireMockServer",
          "com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo");

  /**
   * How a server starts.
   *
   * @param directory the directory with {@code mappings} and {@code __files}; empty for none
   * @param recordFrom the URL of the API to record; empty to answer with the mappings
   * @param notes called with a sentence about each call without a stub, and about each mapping file
   *     that was read again; empty to read them at the start and at each {@link #reset} only
   */
  record Settings(
      Optional<Path> directory, Optional<String> recordFrom, Optional<Consumer<String>> notes) {}

  /**
   * A call that no stub matched.
   *
   * @param closest WireMock's comparison with the closest stub; empty without one
   */
  record UnmatchedCall(String method, String url, String closest) {}

  /**
   * Starts a server.
   *
   * @throws IllegalStateException with a sentence, when WireMock is not on the class path
   * @throws InvalidStubsException with a sentence, when a mapping file is invalid
   */
  static StubServer start(Settings settings) {
    try {
      Class.forName(
          "com.github.tomakehurst.wiremock.WireMockServer",
          false,
          StubServer.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "stubs need WireMock: add org.wiremock:wiremock-standalone 3.13 to the test dependencies",
          e);
    }
    return WireMockStubs.start(settings);
  }

  /** Such as {@code http://127.0.0.1:8089}, without a slash at the end. */
  String baseUrl();

  /** The server as one of {@link #TYPES}. */
  Object instance(String type);

  /** Forgets calls and scenarios, removes stubs that code added, and reads the mapping files. */
  void reset();

  /** Forgets the calls. */
  void resetRequests();

  /** The number of stubs. */
  int mappings();

  /** The calls that no stub matched, oldest first. */
  List<UnmatchedCall> unmatched();

  /**
   * Fails when a call matched no stub.
   *
   * @throws AssertionError with WireMock's near misses
   */
  void checkUnmatched();

  /** Writes what was recorded, and stops. */
  @Override
  void close();
}
