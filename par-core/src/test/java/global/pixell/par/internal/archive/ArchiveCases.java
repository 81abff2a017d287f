package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.TestZip.extra;
import static global.pixell.par.internal.archive.TestZip.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.archive.TestZip.Out;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.provider.Arguments;

/** Archives with the expected verdict, and the builders that several topics use. */
final class ArchiveCases {

  private final Map<String, Arguments> cases = new LinkedHashMap<>();

  ArchiveCases add(String name, TestZip zip, String expected) {
    return add(name, zip.bytes(), expected);
  }

  ArchiveCases add(String name, byte[] zip, String expected) {
    Arguments known =
        cases.put(name, Arguments.of(name, Named.of(zip.length + " bytes", zip), expected));
    assertThat(known).as("a second case named " + name).isNull();
    return this;
  }

  Stream<Arguments> stream() {
    return cases.values().stream();
  }

  static TestZip folderOf(int mode) {
    return TestZip.of().folder("d/", e -> e.mode(mode));
  }

  /** Announces a data descriptor and omits it, but states its values in the header. */
  static Consumer<TestZip.Entry> withoutDescriptor(Consumer<TestZip.Entry> more) {
    return e -> {
      CRC32 crc = new CRC32();
      crc.update(e.content);
      e.descriptor = Descriptor.SIGNED;
      e.rawDescriptor = new byte[0];
      e.localCrc = crc.getValue();
      e.localSize = (long) e.content.length;
      e.localCompressed = (long) TestZip.deflate(e.content).length;
      more.accept(e);
    };
  }

  static TestZip entry(Consumer<TestZip.Entry> lies) {
    return TestZip.of().file("before", "b").file("liar", "content content", lies).file("after", "");
  }

  static TestZip archive(Consumer<TestZip> lies) {
    return TestZip.of().file("a", "one").file("b", "two").lie(lies);
  }

  static byte[] unicodePath(String raw, String other) {
    CRC32 crc = new CRC32();
    crc.update(utf8(raw));
    return extra(0x7075, new Out().raw(new byte[] {1}).u4(crc.getValue()).raw(utf8(other)).bytes());
  }
}
