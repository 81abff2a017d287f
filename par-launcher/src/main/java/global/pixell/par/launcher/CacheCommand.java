package global.pixell.par.launcher;

import global.pixell.par.CachedPackage;
import global.pixell.par.EvictionResult;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.VerificationResult;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.log.LogProvider;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code par cache ls|verify|gc}: a table for people, an object for programs. */
record CacheCommand(Map<String, String> environment, PrintStream out) {

  /** A package, and what became of it; an empty reason means nothing. */
  private record Line(CachedPackage cached, boolean removed, String reason) {

    static Line of(CachedPackage cached) {
      return new Line(cached, false, "");
    }

    static Line of(VerificationResult result) {
      return new Line(result.cached(), result.quarantined(), result.damage().orElse(""));
    }

    static Line of(EvictionResult result) {
      return new Line(result.cached(), result.evicted(), result.reason());
    }
  }

  /** Whether there is such a subcommand. */
  static boolean knows(List<String> args) {
    List<String> words = args.stream().filter(a -> !a.equals("--json")).toList();
    return words.size() == 1 && List.of("ls", "verify", "gc").contains(words.get(0));
  }

  /** Runs what {@link #knows} knows. */
  int run(List<String> args) {
    boolean json = args.contains("--json");
    String word = args.stream().filter(a -> !a.equals("--json")).findFirst().orElseThrow();
    LogProvider.select();
    ParConfig config = ParConfig.fromEnvironment(environment);
    try (Par par = Par.builder(config).build()) {
      List<Line> packages =
          switch (word) {
            case "verify" -> par.verifyCache().stream().map(Line::of).toList();
            case "gc" -> par.evict().stream().map(Line::of).toList();
            default -> par.cachedPackages().stream().map(Line::of).toList();
          };
      if (json) {
        out.println(Json.write(object(config, packages)));
      } else {
        table(packages);
        summary(word, config, packages);
      }
      boolean damaged = word.equals("verify") && packages.stream().anyMatch(CacheCommand::told);
      return damaged ? ExitCode.CORRUPT.number() : 0;
    }
  }

  private static boolean told(Line p) {
    return !p.reason().isEmpty();
  }

  private static Map<String, Object> object(ParConfig config, List<Line> packages) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("cache_dir", config.cache().directory());
    fields.put("max_bytes", config.cache().maxBytes());
    fields.put("bytes", bytes(packages, false));
    fields.put("removed_bytes", bytes(packages, true));
    fields.put("packages", packages.stream().map(CacheCommand::object).toList());
    return fields;
  }

  private static Map<String, Object> object(Line p) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("sha256", p.cached().digest().hex());
    fields.put("package_bytes", p.cached().packageBytes());
    fields.put("tree_bytes", p.cached().treeBytes());
    fields.put("last_used", p.cached().lastUsed());
    fields.put("addresses", p.cached().addresses());
    fields.put("users", p.cached().users().stream().map(CachedPackage.User::toString).toList());
    fields.put("removed", p.removed());
    fields.put("reason", p.reason());
    return fields;
  }

  private static long bytes(List<Line> packages, boolean removed) {
    return packages.stream()
        .filter(p -> p.removed() == removed)
        .mapToLong(p -> p.cached().packageBytes() + p.cached().treeBytes())
        .sum();
  }

  private void table(List<Line> packages) {
    if (packages.isEmpty()) {
      return;
    }
    out.printf("%-12s %9s %9s  %-20s %s%n", "SHA-256", "PACKAGE", "TREE", "LAST USED", "ADDRESS");
    for (Line p : packages) {
      String address =
          p.cached().addresses().isEmpty()
              ? "-"
              : p.cached().addresses().get(p.cached().addresses().size() - 1);
      out.printf(
          "%-12s %9s %9s  %-20s %s%n",
          p.cached().digest().hex().substring(0, 12),
          size(p.cached().packageBytes()),
          size(p.cached().treeBytes()),
          p.cached().lastUsed().truncatedTo(java.time.temporal.ChronoUnit.SECONDS),
          address);
      if (told(p)) {
        out.println("  " + (p.removed() ? "removed: " : "kept: ") + p.reason());
      } else if (!p.cached().users().isEmpty()) {
        out.println(
            "  in use by "
                + p.cached().users().stream()
                    .map(CachedPackage.User::toString)
                    .collect(Collectors.joining(", ")));
      }
    }
  }

  private void summary(String word, ParConfig config, List<Line> packages) {
    long removed = packages.stream().filter(Line::removed).count();
    long kept = packages.size() - removed;
    String held =
        kept + " packages, " + size(bytes(packages, false)) + " in " + config.cache().directory();
    switch (word) {
      case "verify" -> {
        long bad = packages.stream().filter(CacheCommand::told).count();
        out.println(
            bad == 0
                ? "sound: " + held
                : bad + " of " + packages.size() + " packages bad, " + removed + " in quarantine");
      }
      case "gc" ->
          out.println(
              "freed "
                  + size(bytes(packages, true))
                  + " of "
                  + removed
                  + " packages; left: "
                  + held);
      default -> out.println(held + ", limit " + size(config.cache().maxBytes()));
    }
  }

  /** Of 1024 each, as the limits are. */
  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    String unit = "";
    for (String next : List.of("KB", "MB", "GB", "TB")) {
      if (value < 1024) {
        break;
      }
      value /= 1024;
      unit = next;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, unit);
  }
}
