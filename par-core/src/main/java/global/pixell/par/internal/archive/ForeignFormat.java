package global.pixell.par.internal.archive;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The format of a file that should be a zip but is not, by its first bytes.
 *
 * @param name a noun with its article
 * @param hint the most likely remedy, for the author or the operator
 */
record ForeignFormat(String name, String hint) {

  /** The number of first bytes that are needed; a tar is recognised at byte 257. */
  static final int HEAD = 512;

  private static final String BUILD_ZIP =
      "Build the package as a zip, as par-testkit pack does, and publish it again.";
  private static final String PUBLISH_AGAIN =
      "Build the package again with a common zip tool, and publish it.";

  private record Magic(int offset, String hex, String name) {
    Magic(String hex, String name) {
      this(0, hex, name);
    }

    boolean matches(byte[] head) {
      int end = offset + hex.length() / 2;
      return head.length >= end && HexFormat.of().formatHex(head, offset, end).equals(hex);
    }
  }

  private static final List<Magic> ARCHIVES =
      List.of(
          new Magic("1f8b", "a gzip file, such as a .tar.gz"),
          new Magic("425a68", "a bzip2 file, such as a .tar.bz2"),
          new Magic("fd377a585a00", "an xz file, such as a .tar.xz"),
          new Magic("28b52ffd", "a Zstandard file, such as a .tar.zst"),
          new Magic("04224d18", "an LZ4 file"),
          new Magic("377abcaf271c", "a 7-Zip archive"),
          new Magic("526172211a07", "a RAR archive"),
          new Magic(257, "7573746172", "a tar archive"),
          new Magic("7f454c46", "an ELF program"),
          new Magic("4d5a", "a Windows program"),
          new Magic("25504446", "a PDF document"),
          new Magic("504b0708", "one part of a zip that was split into several files"));

  private static final Pattern HTML =
      Pattern.compile("(?is)^(<!--.*?-->\\s*)?<(!doctype html|html|head|body)\\b.*");
  private static final Pattern S3_ERROR =
      Pattern.compile("(?s)^(<\\?xml[^>]*>\\s*)?<Error\\b.*?<Code>([A-Za-z.]{1,60})</Code>.*");

  /**
   * Recognises a file.
   *
   * @param head the first {@value #HEAD} bytes, or all of a shorter file
   * @param size bytes of the whole file
   */
  static Optional<ForeignFormat> of(byte[] head, long size) {
    for (Magic magic : ARCHIVES) {
      if (magic.matches(head)) {
        return Optional.of(new ForeignFormat(magic.name(), BUILD_ZIP));
      }
    }
    if (new Magic("504b0304", "").matches(head)) {
      return Optional.of(
          new ForeignFormat(
              "a zip without its end; it was cut off after " + size + " bytes",
              "Fetch the package again; if it stays so, publish it again."));
    }
    if (head.length > 0 && allZero(head)) {
      return Optional.of(
          new ForeignFormat("a file that begins with nothing but zeros", PUBLISH_AGAIN));
    }
    return text(head);
  }

  private static Optional<ForeignFormat> text(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    if (text.startsWith("\ufeff")) {
      text = text.substring(1);
    }
    text = text.stripLeading();
    Matcher error = S3_ERROR.matcher(text);
    if (error.matches()) {
      return Optional.of(
          new ForeignFormat(
              "an error answer of S3 (" + error.group(2) + ") that was saved as a file",
              "Repeat the download that made this file, see that it succeeds, and publish again."));
    }
    if (HTML.matcher(text).matches()) {
      return Optional.of(
          new ForeignFormat(
              "an HTML page",
              "Open the address in a browser: a sign-in or error page was saved instead of the"
                  + " package."));
    }
    if (text.startsWith("<?xml") || text.toLowerCase(Locale.ROOT).startsWith("<error")) {
      return Optional.of(new ForeignFormat("an XML document", PUBLISH_AGAIN));
    }
    if (text.startsWith("version https://git-lfs.github.com/spec/")) {
      return Optional.of(
          new ForeignFormat(
              "a Git LFS pointer, which stands for a file that is stored elsewhere",
              "Run 'git lfs pull' before the package is published."));
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return Optional.of(new ForeignFormat("JSON text", PUBLISH_AGAIN));
    }
    if (text.startsWith("#!")) {
      return Optional.of(new ForeignFormat("a script", BUILD_ZIP));
    }
    return Optional.empty();
  }

  private static boolean allZero(byte[] head) {
    for (byte b : head) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
