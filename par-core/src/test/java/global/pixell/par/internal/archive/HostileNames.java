package global.pixell.par.internal.archive;

import static global.pixell.par.internal.archive.ArchiveCases.entry;
import static global.pixell.par.internal.archive.ArchiveCases.unicodePath;
import static global.pixell.par.internal.archive.TestZip.utf8;

/** Names that lead out of the directory, cannot be displayed, or clash with another name. */
final class HostileNames {

  private HostileNames() {}

  static void addTo(ArchiveCases cases) {
    names(cases);
    clashes(cases);
  }

  private static void names(ArchiveCases cases) {
    cases
        .add("absolute name", named("/etc/passwd"), "\"/etc/passwd\" has an absolute name")
        .add("two leading slashes", named("//host/share"), "has an absolute name")
        .add("climbing", named("../evil"), "\"../evil\" climbs with a \"..\" segment")
        .add("climbing in the middle", named("a/../../evil"), "climbs with a \"..\" segment")
        .add("climbing at the end", named("a/.."), "climbs with a \"..\" segment")
        .add("climbing folder", TestZip.of().folder("../"), "climbs with a \"..\" segment")
        .add("drive letter", named("C:/Windows/evil"), "begins with a drive letter")
        .add("drive without slash", named("c:evil"), "begins with a drive letter")
        .add("backslash", named("..\\evil"), "\"..\\\\evil\" has a backslash")
        .add("backslash inside", named("a\\b"), "has a backslash")
        .add("NUL", named("a.yaml\0.txt"), "\"a.yaml\\u0000.txt\" has the control character U+0000")
        .add("line feed", named("a\nFAKE LOG"), "has the control character U+000A")
        .add("delete", named("a\u007f"), "has the control character U+007F")
        .add("C1 control", named("a\u009b31m"), "has the control character U+009B")
        .add("empty name", named(""), "has no name")
        .add("empty segment", named("a//b"), "has an empty segment")
        .add("only a slash", TestZip.of().folder("/"), "has an absolute name")
        .add("file named dot", named("a/."), "is a file with the name of a folder")
        .add("long segment", named("d/" + "x".repeat(256)), "has a segment of 256 bytes")
        .add("long segment of wide characters", named("ü".repeat(128)), "a segment of 256 bytes")
        .add("long path", named("abcdefg/".repeat(400) + "x"), "has a name of 3201 bytes")
        .add(
            "not UTF-8",
            TestZip.of().file(new byte[] {'a', (byte) 0xff, 'b'}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "overlong UTF-8 of a slash",
            TestZip.of()
                .file(new byte[] {'.', '.', (byte) 0xc0, (byte) 0xaf, 'b'}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "half a surrogate pair",
            TestZip.of()
                .file(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, utf8("x"), e -> {}),
            "has a name that is not UTF-8")
        .add(
            "changed content in debris that is skipped",
            TestZip.of().file(".DS_Store", "x", e -> e.crc = 1L),
            "has the CRC")
        .add(
            "a false descriptor in debris that is skipped",
            TestZip.of()
                .file(
                    "__MACOSX/a",
                    "x",
                    e -> {
                      e.descriptor = TestZip.Descriptor.SIGNED;
                      e.descriptorCrc = 1L;
                    }),
            "CRC in its descriptor")
        .add("climbing in debris that is skipped", named("__MACOSX/../../evil"), "climbs with")
        .add(
            "second name in an extra field",
            entry(e -> e.centralExtra = unicodePath("liar", "../evil")),
            "has a second name, \"../evil\"");
  }

  private static void clashes(ArchiveCases cases) {
    cases
        .add("same name twice", pair("a/b", "a/b"), "\"a/b\" occurs twice")
        .add("same folder twice", TestZip.of().folder("a/").folder("a/"), "occurs twice")
        .add("same after a dot segment", pair("a/b", "a/./b"), "is the same path as entry \"a/b\"")
        .add(
            "same after a dot segment in front",
            pair("agent.yaml", "./agent.yaml"),
            "\"./agent.yaml\" is the same path as entry \"agent.yaml\"")
        .add(
            "same folder after a dot segment",
            TestZip.of().folder("./a/").folder("a/"),
            "\"a/\" is the same path as entry \"./a/\"")
        .add("same but for case", pair("Agent.yaml", "agent.yaml"), "where case or Unicode form")
        .add("same but for case of a folder", pair("Lib/a", "lib/b"), "where case or Unicode form")
        .add("composed and decomposed", pair("caf\u00e9", "cafe\u0301"), "where case or Unicode")
        .add("composed and decomposed, other case", pair("CAF\u00c9", "cafe\u0301"), "where case")
        .add("sharp s", pair("stra\u00dfe", "STRASSE"), "where case or Unicode form")
        .add("final sigma", pair("\u03c3", "\u03c2"), "where case or Unicode form")
        .add(
            "marks in another order", pair("\u1fb4", "\u03b1\u0345\u0301"), "where case or Unicode")
        .add("kelvin sign", pair("\u212a", "k"), "where case or Unicode form")
        .add("file where a folder is needed", pair("a", "a/b"), "\"a/b\" clashes with entry \"a\"")
        .add("folder where a file is needed", pair("a/b", "a"), "\"a\" clashes with entry \"a/b\"")
        .add("deep clash", pair("a/b/c/d", "A/b"), "where case or Unicode form")
        .add("file and folder", TestZip.of().file("a", "x").folder("a/"), "clashes with entry")
        .add("folder and file", TestZip.of().folder("a/").file("a", "x"), "clashes with entry");
  }

  private static TestZip named(String name) {
    return TestZip.of().file("agent.yaml", "name: a").file(name, "x");
  }

  private static TestZip pair(String first, String second) {
    return TestZip.of().file(first, "1").file(second, "2");
  }
}
