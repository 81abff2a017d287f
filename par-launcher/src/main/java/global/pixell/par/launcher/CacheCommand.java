package global.pixell.par.launcher;

import global.pixell.par.CachedPackage;
import global.pixell.par.EvictionResult;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.VerificationResult;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.derived.CacheLimits;
import global.pixell.par.launcher.derived.DerivedDirectory;
import global.pixell.par.launcher.derived.DerivedMaintenance;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.log.LogProvider;
import java.io.PrintStream;
import java.time.temporal.ChronoUnit;
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
    List<String> words = Arguments.of(args).words();
    return words.size() == 1 && List.of("ls", "verify", "gc").contains(words.get(0));
  }

  /** A derived directory, and what became of it; an empty reason means nothing. */
  private record DerivedLine(DerivedDirectory directory, boolean removed, String reason) {}

  /** Everything that is in a cache. */
  private record Content(List<Line> packages, List<DerivedLine> derived) {

    long bytes(boolean removed) {
      return packages.stream()
              .filter(p -> p.removed() == removed)
              .mapToLong(p -> p.cached().packageBytes() + p.cached().treeBytes())
              .sum()
          + derived.stream()
              .filter(d -> d.removed() == removed)
              .mapToLong(d -> d.directory().bytes())
              .sum();
    }

    long count(boolean removed) {
      return packages.stream().filter(p -> p.removed() == removed).count();
    }

    long derivedCount(boolean removed) {
      return derived.stream().filter(d -> d.removed() == removed).count();
    }

    long damaged() {
      return packages.stream().filter(CacheCommand::isDamaged).count()
          + derived.stream().filter(d -> !d.reason().isEmpty()).count();
    }
  }

  /** Runs a subcommand that {@link #knows} accepts. */
  int run(List<String> args) {
    Arguments arguments = Arguments.of(args);
    String word = arguments.words().get(0);
    LogProvider.select();
    ParConfig config = ParConfig.fromEnvironment(environment);
    Content content =
        switch (word) {
          case "verify" -> verify(config);
          case "gc" -> clean(config);
          default -> list(config);
        };
    if (arguments.json()) {
      out.println(Json.write(object(config, content)));
    } else {
      table(content.packages());
      derivedTable(content.derived());
      summary(word, config, content);
    }
    boolean damaged = word.equals("verify") && content.damaged() > 0;
    return damaged ? ExitCode.CORRUPT.number() : 0;
  }

  private static Content list(ParConfig config) {
    try (Par par = Par.builder(config).build()) {
      return new Content(
          par.cachedPackages().stream().map(Line::of).toList(),
          DerivedMaintenance.of(config).list().stream()
              .map(d -> new DerivedLine(d, false, ""))
              .toList());
    }
  }

  private static Content verify(ParConfig config) {
    try (Par par = Par.builder(config).build()) {
      return new Content(
          par.verifyCache().stream().map(Line::of).toList(),
          DerivedMaintenance.of(config).verify().stream()
              .map(v -> new DerivedLine(v.directory(), v.removed(), v.damage().orElse("")))
              .toList());
    }
  }

  private static Content clean(ParConfig config) {
    CacheLimits.Results results = CacheLimits.enforce(config);
    return new Content(
        results.packages().stream().map(Line::of).toList(),
        results.derived().stream()
            .map(d -> new DerivedLine(d.directory(), d.removed(), d.reason()))
            .toList());
  }

  private static boolean isDamaged(Line p) {
    return !p.reason().isEmpty();
  }

  private static Map<String, Object> object(ParConfig config, Content content) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("cache_dir", config.cache().directory());
    fields.put("max_bytes", config.cache().maxBytes());
    fields.put("bytes", content.bytes(false));
    fields.put("removed_bytes", content.bytes(true));
    fields.put("packages", content.packages().stream().map(CacheCommand::object).toList());
    fields.put("derived", content.derived().stream().map(CacheCommand::object).toList());
    return fields;
  }

  private static Map<String, Object> object(DerivedLine d) {
    DerivedDirectory directory = d.directory();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("kind", directory.kind());
    fields.put("path", directory.path());
    fields.put("made_of", directory.source());
    fields.put("files", directory.files());
    fields.put("bytes", directory.bytes());
    fields.put("last_used", directory.lastUsed());
    fields.put("users", directory.users().stream().map(CachedPackage.User::toString).toList());
    fields.put("removed", d.removed());
    fields.put("reason", d.reason());
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
          p.cached().lastUsed().truncatedTo(ChronoUnit.SECONDS),
          address);
      what(p.removed(), p.reason(), p.cached().users());
    }
  }

  private void derivedTable(List<DerivedLine> derived) {
    if (derived.isEmpty()) {
      return;
    }
    out.printf("%-12s %9s %9s  %-20s %s%n", "DERIVED", "FILES", "SIZE", "LAST USED", "MADE OF");
    for (DerivedLine d : derived) {
      DerivedDirectory directory = d.directory();
      out.printf(
          "%-12s %9d %9s  %-20s %s%n",
          directory.kind(),
          directory.files(),
          size(directory.bytes()),
          directory.lastUsed().truncatedTo(ChronoUnit.SECONDS),
          directory.source());
      what(d.removed(), d.reason(), directory.users());
    }
  }

  private void what(boolean removed, String reason, List<CachedPackage.User> users) {
    if (!reason.isEmpty()) {
      out.println("  " + (removed ? "removed: " : "kept: ") + reason);
    } else if (!users.isEmpty()) {
      out.println(
          "  in use by "
              + users.stream().map(CachedPackage.User::toString).collect(Collectors.joining(", ")));
    }
  }

  private void summary(String word, ParConfig config, Content content) {
    String held =
        counted(content, false)
            + ", "
            + size(content.bytes(false))
            + " in "
            + config.cache().directory();
    switch (word) {
      case "verify" -> out.println(content.damaged() == 0 ? "sound: " + held : damage(content));
      case "gc" ->
          out.println(
              "freed "
                  + size(content.bytes(true))
                  + " of "
                  + counted(content, true)
                  + "; left: "
                  + held);
      default -> out.println(held + ", limit " + size(config.cache().maxBytes()));
    }
  }

  private static String damage(Content content) {
    long bad = content.packages().stream().filter(CacheCommand::isDamaged).count();
    long badDerived = content.damaged() - bad;
    return bad
        + " of "
        + content.packages().size()
        + " packages damaged, "
        + content.count(true)
        + " in quarantine"
        + (content.derived().isEmpty()
            ? ""
            : "; "
                + badDerived
                + " of "
                + content.derived().size()
                + " directories derived from packages damaged, "
                + content.derivedCount(true)
                + " removed");
  }

  private static String counted(Content content, boolean removed) {
    long packages = content.count(removed);
    long derived = content.derivedCount(removed);
    return packages
        + (packages == 1 ? " package" : " packages")
        + (derived == 0 ? "" : ", " + derived + " derived");
  }

  /** In units of 1,024, as the limits are. */
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
