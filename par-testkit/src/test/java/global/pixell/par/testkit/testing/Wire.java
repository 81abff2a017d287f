package global.pixell.par.testkit.testing;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.internal.auth.SigV4;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends a test's request, byte for byte, over its own socket, and reads the answer. */
public final class Wire {

  private final FakeS3 s3;
  private final String host;
  private final Optional<Signer> signer;

  private Wire(FakeS3 s3, String host, Optional<Signer> signer) {
    this.s3 = s3;
    this.host = host;
    this.signer = signer;
  }

  /** Signs as the default identity. */
  public static Wire to(FakeS3 s3) {
    return new Wire(s3, s3.endpoint().getRawAuthority(), Optional.of(Signer.ofDefaultIdentity()));
  }

  public Wire unsigned() {
    return new Wire(s3, host, Optional.empty());
  }

  public Wire inRegion(String region) {
    return new Wire(s3, host, signer.map(each -> each.inRegion(region)));
  }

  /** Signs as another identity. */
  public Wire as(Identity identity) {
    return new Wire(s3, host, Optional.of(Signer.of(identity)));
  }

  /** Signs for a service other than S3, as its clients do. */
  public Wire forService(String service) {
    return new Wire(s3, host, signer.map(each -> each.forService(service)));
  }

  /** With another {@code Host} header. */
  public Wire asHost(String name) {
    return new Wire(s3, name + ":" + s3.endpoint().getPort(), signer);
  }

  /** An answer; header names in any case. */
  @SuppressWarnings("ArrayRecordComponent") // The record is never compared.
  public record Reply(int status, Map<String, String> headers, byte[] bytes) {
    public String body() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A header; empty without it. */
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** The text of the first element with this name; empty without one. */
    public String element(String name) {
      List<String> all = elements(name);
      return all.isEmpty() ? "" : all.get(0);
    }

    /** The texts of all elements with this name, in their order. */
    public List<String> elements(String name) {
      Matcher matcher =
          Pattern.compile("<" + name + ">(.*?)</" + name + ">", Pattern.DOTALL).matcher(body());
      var found = new ArrayList<String>();
      while (matcher.find()) {
        found.add(
            matcher
                .group(1)
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&"));
      }
      return found;
    }
  }

  public Reply get(String target, String... headers) throws IOException {
    return send("GET", target, new byte[0], headers);
  }

  public Reply head(String target, String... headers) throws IOException {
    return send("HEAD", target, new byte[0], headers);
  }

  public Reply delete(String target, String... headers) throws IOException {
    return send("DELETE", target, new byte[0], headers);
  }

  public Reply put(String target, String body, String... headers) throws IOException {
    return put(target, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  public Reply put(String target, byte[] body, String... headers) throws IOException {
    return send("PUT", target, body, headers);
  }

  public Reply post(String target, String body, String... headers) throws IOException {
    return send("POST", target, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  /**
   * Sends one request.
   *
   * @param headers names and values in turn; {@code Content-Length} is added
   */
  public Reply send(String method, String target, byte[] body, String... headers)
      throws IOException {
    var more = new LinkedHashMap<String, String>();
    for (int i = 0; i < headers.length; i += 2) {
      more.put(headers[i], headers[i + 1]);
    }
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      var out = socket.getOutputStream();
      String payload = HexFormat.of().formatHex(SigV4.sha256().digest(body));
      out.write(
          head(method, target, body.length, more, payload).getBytes(StandardCharsets.ISO_8859_1));
      out.write(body);
      out.flush();
      return read(socket.getInputStream());
    }
  }

  /** The head of a request that asks the server to close the connection. */
  public String head(String method, String target, int length, Map<String, String> more) {
    return head(method, target, length, more, SigV4.UNSIGNED_PAYLOAD);
  }

  private String head(
      String method, String target, int length, Map<String, String> more, String payload) {
    Map<String, String> all =
        signer
            .map(
                each ->
                    each.service().equals("s3")
                        ? each.sign(method, host, target, more)
                        : each.sign(method, host, target, more, payload))
            .orElseGet(
                () -> {
                  var plain = new LinkedHashMap<>(more);
                  plain.put("Host", host);
                  return plain;
                });
    var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (length > 0 || method.equals("PUT") || method.equals("POST")) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    return head.append("Connection: close\r\n\r\n").toString();
  }

  /** Reads an answer to the end of the connection. */
  public static Reply read(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    in.transferTo(bytes);
    String all = bytes.toString(StandardCharsets.ISO_8859_1);
    int end = all.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no answer, but: " + all);
    }
    String[] lines = all.substring(0, end).split("\r\n", -1);
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(lines[i].substring(0, colon), lines[i].substring(colon + 1).strip());
    }
    return new Reply(
        Integer.parseInt(lines[0].split(" ", 3)[1]),
        headers,
        all.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1));
  }
}
