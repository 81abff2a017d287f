package global.pixell.par.testkit.internal.pack;

import global.pixell.par.Limits;
import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Collectors;

/**
 * PAR's limits on the size of a package.
 *
 * @param files the files of the package, by name
 */
record SizeLimits(NavigableMap<String, Path> files, Limits limits) {

  /**
   * Refuses a folder over PAR's limits before it is packed.
   *
   * @return the bytes of all files
   */
  long requireWithin() throws IOException {
    if (files.size() > limits.entries()) {
      throw tooLarge(
          files.size() + " files, over the limit of " + limits.entries(), "PAR_MAX_ENTRIES");
    }
    long bytes = 0;
    for (Path file : files.values()) {
      bytes += Files.size(file);
    }
    if (bytes > limits.unpackedBytes()) {
      throw tooLarge(
          bytes + " bytes, over the limit of " + limits.unpackedBytes(), "PAR_MAX_UNPACKED_MB");
    }
    return bytes;
  }

  /** The refusal of a package file over the limit of a download. */
  ParException fileTooLarge() {
    return tooLarge(
        "more than " + limits.packageBytes() + " bytes, which is the limit", "MAX_PACKAGE_SIZE_MB");
  }

  private ParException tooLarge(String what, String variable) {
    return new ParException(
        ParException.Kind.BAD_PACKAGE,
        "The package has " + what + ". Its biggest folders: " + biggest() + ".",
        "Leave files out in .parignore, or raise " + variable + " here and in the task.");
  }

  private String biggest() {
    var sizes = new HashMap<String, Long>();
    files.forEach(
        (name, file) -> {
          int slash = name.indexOf('/');
          sizes.merge(
              slash < 0 ? "." : name.substring(0, slash), file.toFile().length(), Long::sum);
        });
    return sizes.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(5)
        .map(e -> String.format(Locale.ROOT, "%s %.1f MB", e.getKey(), e.getValue() / 1048576.0))
        .collect(Collectors.joining(", "));
  }
}
