package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.AgentPackage;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.Finding;
import global.pixell.par.launcher.agent.python.PythonCheck;
import global.pixell.par.launcher.derived.DerivedCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks a package file as a boot would. Unpacks it into a temporary cache, which it deletes
 * afterwards.
 */
public final class PackageReview {

  /**
   * The result of a review.
   *
   * @param findings a sentence for each
   * @param startable whether no finding stops every boot
   */
  public record Review(List<String> findings, boolean startable) {}

  private PackageReview() {}

  /**
   * Reviews a package.
   *
   * @param file the package
   * @param environment PAR's limits, and the PATH to look for interpreters on
   * @param platform the platform that it will run on, such as {@code linux/arm64}
   * @param strict whether PAR compiles the bytecode again to compare it, and refuses a package with
   *     any finding
   * @return the findings
   * @throws ParException of kind {@code BAD_PACKAGE} when a boot would refuse the package, and with
   *     {@code strict} for any finding; with {@code strict} of kind {@code DISK} when the package
   *     cannot be unpacked; {@code CANCELLED} when the thread is interrupted
   */
  public static Review of(
      Path file, Map<String, String> environment, String platform, boolean strict) {
    Path scratch = null;
    try {
      String temporary =
          environment.getOrDefault("TMPDIR", System.getProperty("java.io.tmpdir", "/tmp"));
      scratch = Files.createTempDirectory(Path.of(temporary), "par-review-");
      List<Finding> found = review(file, environment, platform, strict, scratch);
      List<String> findings = found.stream().map(Finding::sentence).toList();
      if (strict && !findings.isEmpty()) {
        throw new ParException(
            ParException.Kind.BAD_PACKAGE,
            "The package is refused by --strict: " + String.join(" ", findings),
            "Correct what is named, or leave --strict out.");
      }
      return new Review(findings, found.stream().noneMatch(Finding::fatal));
    } catch (IOException e) {
      return unchecked(e, strict);
    } catch (ParException e) {
      if (e.kind() == ParException.Kind.DISK) {
        return unchecked(e, strict);
      }
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParException(
          ParException.Kind.CANCELLED, "The review was stopped.", "Start it again.", e);
    } finally {
      if (scratch != null) {
        DerivedCache.deleteQuietly(scratch);
      }
    }
  }

  /** A container with a read-only root can still inspect a package, by its bytes alone. */
  private static Review unchecked(Exception why, boolean strict) {
    if (strict) {
      throw new ParException(
          ParException.Kind.DISK,
          "The package cannot be unpacked for its review: " + why + ".",
          "Set TMPDIR to a directory with space for it.",
          why);
    }
    return new Review(
        List.of(
            "PAR did not check whether the agent can start, because it cannot unpack the package here: "
                + why.getMessage()
                + "."),
        true);
  }

  private static List<Finding> review(
      Path file, Map<String, String> environment, String platform, boolean strict, Path scratch)
      throws InterruptedException {
    var limits = new HashMap<String, String>();
    for (String name : List.of("MAX_PACKAGE_SIZE_MB", "PAR_MAX_UNPACKED_MB", "PAR_MAX_ENTRIES")) {
      if (environment.containsKey(name)) {
        limits.put(name, environment.get(name));
      }
    }
    limits.put("PAR_CACHE_DIR", scratch.toString());
    limits.put("PAR_CACHE_MIN_FREE_MB", "0");
    try (Par par = Par.builder(ParConfig.fromEnvironment(limits)).build()) {
      AgentPackage agent = par.open(file);
      var findings =
          new ArrayList<>(
              PackageCheck.of(agent.directory(), agent.manifest(), platform, environment));
      if (strict) {
        findings.addAll(0, agent.warnings().stream().map(Finding::warning).toList());
        findings.addAll(PythonCheck.bytecode(agent.directory(), agent.manifest(), environment));
      }
      return List.copyOf(findings);
    }
  }
}
