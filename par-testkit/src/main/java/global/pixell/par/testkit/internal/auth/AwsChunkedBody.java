package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.http.HttpLine;
import global.pixell.par.testkit.internal.io.BlockInputStream;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decodes an {@code aws-chunked} body. It verifies a chunk's signature before it returns the
 * chunk's last byte. The trailers are available at the end of the stream.
 */
public final class AwsChunkedBody extends BlockInputStream {

  private static final String SIGNATURE = "chunk-signature=";
  private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature";
  private static final int MAX_TRAILERS = 100;

  private final InputStream in;
  private final boolean signed;
  private final ChunkVerifier chunkVerifier;
  private final Map<String, String> trailers = new TreeMap<>();
  private final MessageDigest sha256;
  private String signature = "";
  private boolean inChunk;
  private long remaining;
  private boolean ended;

  /**
   * Decodes a body.
   *
   * @param signed whether each chunk has a signature
   */
  public AwsChunkedBody(InputStream in, boolean signed, ChunkVerifier chunkVerifier) {
    this.in = in;
    this.signed = signed;
    this.chunkVerifier = chunkVerifier;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The trailers, with names in lower case. */
  public Map<String, String> trailers() {
    return trailers;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (remaining == 0 && !ended) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(remaining, length));
    if (n < 0) {
      throw S3ErrorException.incompleteBody();
    }
    if (signed) {
      sha256.update(bytes, offset, n);
    }
    remaining -= n;
    return n;
  }

  private void nextChunk() throws IOException {
    if (inChunk) {
      if (!HttpLine.read(in).isEmpty()) {
        throw S3ErrorException.incompleteBody();
      }
      verify();
    }
    String[] head = HttpLine.read(in).split(";", 2);
    try {
      remaining = Long.parseLong(head[0].strip(), 16);
    } catch (NumberFormatException e) {
      throw S3ErrorException.incompleteBody();
    }
    if (remaining < 0) {
      throw S3ErrorException.incompleteBody();
    }
    inChunk = true;
    String extension = head.length < 2 ? "" : head[1].strip();
    signature =
        extension.startsWith(SIGNATURE) ? extension.substring(SIGNATURE.length()).strip() : "";
    if (remaining == 0) {
      ended = true;
      verify();
      readTrailers();
    }
  }

  private void verify() throws S3ErrorException {
    if (signed) {
      chunkVerifier.chunk(signature, sha256.digest());
    }
  }

  private void readTrailers() throws IOException {
    var lines = new StringBuilder();
    String trailerSignature = "";
    int count = 0;
    for (String line = trailer(); !line.isEmpty(); line = trailer()) {
      int colon = line.indexOf(':');
      if (colon < 0 || ++count > MAX_TRAILERS) {
        throw new S3ErrorException(
            400,
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed.");
      }
      String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).strip();
      if (name.equals(TRAILER_SIGNATURE)) {
        trailerSignature = value;
      } else {
        trailers.put(name, value);
        lines.append(name).append(':').append(value).append('\n');
      }
    }
    if (signed && lines.length() > 0) {
      chunkVerifier.trailers(trailerSignature, lines.toString());
    }
  }

  private String trailer() throws IOException {
    return HttpLine.read(in).strip();
  }
}
