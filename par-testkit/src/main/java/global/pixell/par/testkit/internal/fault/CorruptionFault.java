package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.io.BlockOutputStream;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Faults that change the content or the headers that describe it. */
public final class CorruptionFault {
  private CorruptionFault() {}

  /** Flips the lowest bit of one byte of the body. */
  public record FlippedByte(long at) implements FaultEffect {
    @Override
    public String name() {
      return "flipByteAt(" + at + ")";
    }

    @Override
    public OutputStream body(FaultContext context, OutputStream wire) {
      return new BlockOutputStream(wire) {
        private long position;

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          byte[] sent = bytes;
          int from = offset;
          if (at >= position && at < position + length) {
            sent = Arrays.copyOfRange(bytes, offset, offset + length);
            from = 0;
            sent[(int) (at - position)] ^= 1;
          }
          out.write(sent, from, length);
          position += length;
        }
      };
    }
  }

  /** Replaces the object just before the server answers the request. */
  @SuppressWarnings("ArrayRecordComponent") // The record is never compared.
  public record Changed(byte[] content) implements FaultEffect {
    @Override
    public String name() {
      return "changeTo(" + content.length + " bytes)";
    }

    @Override
    public void before(FaultContext context) throws IOException {
      S3Request request = context.request();
      context.objects().put(request.bucket(), request.key(), content, Map.of());
    }
  }

  /** Sends a wrong checksum header; adds a wrong CRC-32 to an answer without a checksum. */
  public record WrongChecksum() implements FaultEffect {
    private static final String PREFIX = "x-amz-checksum-";

    @Override
    public String name() {
      return "wrongChecksum";
    }

    @Override
    public S3Response change(S3Response answer) {
      if (answer.status() != 200 && answer.status() != 206) {
        return answer;
      }
      var headers = new LinkedHashMap<>(answer.headers());
      headers.replaceAll((name, value) -> isChecksum(name) ? wrong(value) : value);
      if (headers.keySet().stream().noneMatch(WrongChecksum::isChecksum)) {
        headers.put(PREFIX + "crc32", "BAD0BA==");
        headers.put(PREFIX + "type", "FULL_OBJECT");
      }
      return new S3Response(answer.status(), headers, answer.body());
    }

    private static boolean isChecksum(String name) {
      return name.startsWith(PREFIX) && !name.equals(PREFIX + "type");
    }

    private static String wrong(String base64) {
      return (base64.startsWith("A") ? 'B' : 'A') + base64.substring(1);
    }
  }
}
