package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.control.http.ControlAccess;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of a {@link FakeS3}, which {@link FakeS3#options} creates. Immutable: each method returns
 * new options.
 */
public final class FakeS3Options {

  static final FakeS3Options DEFAULTS =
      new FakeS3Options(
          InetAddress.getLoopbackAddress(),
          0,
          Optional.empty(),
          Integer.MAX_VALUE,
          ControlAccess.LOCAL);

  final InetAddress address;
  final int port;
  final Optional<Path> directory;
  final int keptRequests;
  final ControlAccess control;

  private FakeS3Options(
      InetAddress address,
      int port,
      Optional<Path> directory,
      int keptRequests,
      ControlAccess control) {
    this.address = address;
    this.port = port;
    this.directory = directory;
    this.keptRequests = keptRequests;
    this.control = control;
  }

  /**
   * Sets the address to listen on; loopback by default. Beyond loopback, everybody on the network
   * may read and write the buckets with the known credentials.
   *
   * @param host an address of this machine, or {@code 0.0.0.0} for all of them
   * @return these options with that address
   * @throws IllegalArgumentException when it is not an address or a known host name
   */
  public FakeS3Options host(String host) {
    try {
      return new FakeS3Options(InetAddress.getByName(host), port, directory, keptRequests, control);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "'" + host + "' is not an address of this machine; for all of them write 0.0.0.0", e);
    }
  }

  /**
   * Opens the control API under {@code /_par/} to every host that reaches the server, under every
   * host name. By default it serves only this host, because it changes everything that the fake
   * does. A web page can reach an open API by DNS rebinding, so do not publish the port where a
   * browser runs.
   *
   * @return these options with an open control API
   */
  public FakeS3Options controlFromAnyHost() {
    return new FakeS3Options(address, port, directory, keptRequests, ControlAccess.ANY);
  }

  /**
   * Turns the control API off.
   *
   * @return these options without the control API
   */
  public FakeS3Options withoutControl() {
    return new FakeS3Options(address, port, directory, keptRequests, ControlAccess.OFF);
  }

  /**
   * Sets the port to listen on.
   *
   * @param number 1 to 65,535, or 0 for a random port, which is the default
   * @return these options with that port
   */
  public FakeS3Options port(int number) {
    return new FakeS3Options(address, number, directory, keptRequests, control);
  }

  /**
   * Serves a directory. Its subdirectories are the buckets, and their files are the objects;
   * uploads are written into them. Such buckets keep no versions. By default, buckets are in
   * memory.
   *
   * @param path an existing directory
   * @return these options with that directory
   */
  public FakeS3Options directory(Path path) {
    return new FakeS3Options(address, port, Optional.of(path), keptRequests, control);
  }

  /**
   * Limits how many requests {@link FakeS3#requests} keeps, so that a long-running server does not
   * fill the memory. The newest requests are kept; by default, all are.
   *
   * @param newest the number of requests to keep, at least 1
   * @return these options with that number
   * @throws IllegalArgumentException for less than 1
   */
  public FakeS3Options keepRequests(int newest) {
    if (newest < 1) {
      throw new IllegalArgumentException("at least 1 request is kept, not " + newest);
    }
    return new FakeS3Options(address, port, directory, newest, control);
  }
}
