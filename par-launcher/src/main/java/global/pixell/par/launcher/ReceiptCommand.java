package global.pixell.par.launcher;

import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.receipt.BootReceipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code par receipt}: what a boot did, or why two boots differ. */
final class ReceiptCommand {

  /** The fields that identify a boot, and so always differ. */
  private static final Set<String> NAMES = Set.of("started");

  /** What every receipt has. */
  private static final Set<String> OF_EACH = Set.of("started", "java", "phases_ms");

  private ReceiptCommand() {}

  /** The newest receipt of the cache. */
  static Path newest(Path cache) {
    Path folder = cache.resolve(BootReceipt.FOLDER);
    try {
      List<Path> all = Files.isDirectory(folder) ? BootReceipt.newestFirst(folder) : List.of();
      if (!all.isEmpty()) {
        return all.get(0);
      }
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    throw new ParException(
        ParException.Kind.NOT_FOUND,
        "There is no receipt in " + folder + ".",
        "Name the file, or set PAR_CACHE_DIR to the cache of the boot.");
  }

  /** Reads a receipt. Refuses other JSON, because comparing it would make no sense. */
  static Map<String, @Nullable Object> read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    try {
      Map<String, @Nullable Object> fields = Json.read(text);
      if (fields.keySet().containsAll(OF_EACH)) {
        return fields;
      }
    } catch (IOException e) {
      // Reported below: a file that is not JSON is not a receipt.
    }
    throw new ParException(
        ParException.Kind.CONFIG,
        file + " is not a boot receipt.",
        "Name a file that a boot wrote: $PAR_RECEIPT, or one of the cache's receipts.");
  }

  private static ParException unreadable(Path file, IOException e) {
    return new ParException(
        ParException.Kind.NOT_FOUND,
        "The receipt " + file + " cannot be read: " + e + ".",
        "Name a file that a boot wrote: $PAR_RECEIPT, or one of the cache's receipts.",
        e);
  }

  /** One line a field. */
  static List<String> show(Map<String, ? extends @Nullable Object> receipt) {
    var lines = new ArrayList<String>();
    flat(receipt).forEach((name, value) -> lines.add("%-16s %s".formatted(name, value)));
    return lines;
  }

  /** The reasons in sentences, then every field that differs. */
  static List<String> compare(
      Map<String, ? extends @Nullable Object> a, Map<String, ? extends @Nullable Object> b) {
    Map<String, @Nullable Object> first = flat(a);
    Map<String, @Nullable Object> second = flat(b);
    var lines = new ArrayList<String>();
    slower(first, second).ifPresent(lines::add);
    reasons(first, second, lines);
    var names = new LinkedHashSet<String>(first.keySet());
    names.addAll(second.keySet());
    names.removeAll(NAMES);
    for (String name : names) {
      Object x = first.get(name);
      Object y = second.get(name);
      if (!Objects.equals(x, y)) {
        lines.add("  %-16s %s -> %s".formatted(name, or(x), or(y)));
      }
    }
    return lines.isEmpty() ? List.of("The two boots do not differ.") : lines;
  }

  private static Optional<String> slower(
      Map<String, @Nullable Object> a, Map<String, @Nullable Object> b) {
    Optional<Long> before = number(a, "phases_ms.total");
    Optional<Long> after = number(b, "phases_ms.total");
    if (before.isEmpty() || after.isEmpty()) {
      return Optional.empty();
    }
    long more = after.get() - before.get();
    String most = "";
    long mostMore = 0;
    for (String name : b.keySet()) {
      if (name.startsWith("phases_ms.") && !name.equals("phases_ms.total")) {
        long change = number(b, name).orElse(0L) - number(a, name).orElse(0L);
        if (Long.signum(change) == Long.signum(more) && Math.abs(change) > Math.abs(mostMore)) {
          most = name.substring("phases_ms.".length());
          mostMore = change;
        }
      }
    }
    String how =
        "The second boot took %d ms and the first %d: %+d ms"
            .formatted(after.get(), before.get(), more);
    return Optional.of(
        most.isEmpty() ? how + "." : how + ", of which %+d in '%s'.".formatted(mostMore, most));
  }

  private static void reasons(
      Map<String, @Nullable Object> a, Map<String, @Nullable Object> b, List<String> lines) {
    if (differ(a, b, "outcome")) {
      lines.add("One is " + or(a.get("outcome")) + ", the other " + or(b.get("outcome")) + ".");
    }
    if (differ(a, b, "sha256")) {
      lines.add("They ran different packages.");
    }
    if (differ(a, b, "cache_hit")) {
      boolean firstHit = Boolean.TRUE.equals(a.get("cache_hit"));
      lines.add(
          "The "
              + (firstHit ? "first" : "second")
              + " had the package in its cache, the "
              + (firstHit ? "second" : "first")
              + " downloaded it.");
    }
    if (number(a, "retries").orElse(0L) < number(b, "retries").orElse(0L)) {
      lines.add("The second needed more attempts, because S3 or the network failed.");
    }
    if (differ(a, b, "java") || differ(a, b, "par")) {
      lines.add("They ran on different versions of PAR or Java.");
    }
  }

  private static boolean differ(
      Map<String, @Nullable Object> a, Map<String, @Nullable Object> b, String name) {
    return a.containsKey(name) && b.containsKey(name) && !Objects.equals(a.get(name), b.get(name));
  }

  private static Object or(@Nullable Object value) {
    return value == null ? "(none)" : value;
  }

  private static Optional<Long> number(Map<String, @Nullable Object> fields, String name) {
    return fields.get(name) instanceof Long number ? Optional.of(number) : Optional.empty();
  }

  private static Map<String, @Nullable Object> flat(
      Map<String, ? extends @Nullable Object> receipt) {
    var flat = new LinkedHashMap<String, @Nullable Object>();
    receipt.forEach(
        (name, value) -> {
          if (value instanceof Map<?, ?> inner) {
            inner.forEach((key, each) -> flat.put(name + "." + key, each));
          } else {
            flat.put(name, value);
          }
        });
    return flat;
  }
}
