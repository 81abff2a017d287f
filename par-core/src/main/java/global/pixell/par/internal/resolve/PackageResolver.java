package global.pixell.par.internal.resolve;

import global.pixell.par.PackageRef;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.version.SemanticVersion;
import global.pixell.par.internal.version.VersionRange;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Resolves coordinates to the object that they mean, by listing a bucket.
 *
 * @param bucket the bucket to list
 * @param layout the form of keys, ending in <code>{version}/{file}.apkg</code>
 */
public record PackageResolver(String bucket, String layout) {

  private static final int MAX_SHOWN = 10;

  /** Lists the folders and objects directly below a prefix. */
  public interface Lister {
    Listing list(String bucket, String prefix);
  }

  public PackageRef.S3Object resolve(PackageRef.Coordinates wanted, Lister lister) {
    String versions = versionsPrefix(wanted);
    VersionRange range = VersionRange.parse(wanted.range()).orElseThrow();
    Optional<String> exact = range.exact();
    String version = exact.isPresent() ? exact.get() : newest(range, versions, lister);
    String folder = versions + version + "/";
    List<String> packages =
        lister.list(bucket, folder).keys().stream().filter(k -> k.endsWith(".apkg")).toList();
    if (packages.isEmpty()) {
      // One more listing, only for the error message.
      String available = exact.isPresent() ? " " + found(names(versions, lister)) : "";
      throw notFound(
          "There is no .apkg under s3://" + bucket + "/" + folder + "." + available,
          "Publish it there, or name another version.");
    }
    if (packages.size() > 1) {
      throw new ParException(
          Kind.CONFIG,
          "s3://"
              + bucket
              + "/"
              + folder
              + " holds "
              + packages.size()
              + " packages: "
              + some(packages)
              + ".",
          "Leave one .apkg under a version, or name the package by its key, s3://bucket/key.");
    }
    return new PackageRef.S3Object(bucket, packages.get(0), Optional.empty());
  }

  private String newest(VersionRange wanted, String prefix, Lister lister) {
    List<String> names = names(prefix, lister);
    return wanted
        .newest(names)
        .orElseThrow(
            () ->
                notFound(
                    "No version under s3://"
                        + bucket
                        + "/"
                        + prefix
                        + " satisfies '"
                        + wanted
                        + "'. "
                        + found(names),
                    "Publish one, or ask for an available version; a pre-release must be named."));
  }

  /** Every semantic version of a name, newest first, as its folder is called. */
  public List<String> versions(PackageRef.Coordinates coordinates, Lister lister) {
    return sorted(names(versionsPrefix(coordinates), lister));
  }

  private static List<String> sorted(List<String> names) {
    return names.stream()
        .flatMap(name -> SemanticVersion.parse(name).stream())
        .sorted(Comparator.reverseOrder())
        .map(SemanticVersion::text)
        .toList();
  }

  private List<String> names(String prefix, Lister lister) {
    return lister.list(bucket, prefix).folders().stream()
        .map(folder -> folder.substring(prefix.length(), folder.length() - 1))
        .toList();
  }

  /** The versions in a folder, newest first, and its other entries. */
  private static String found(List<String> names) {
    List<String> versions = sorted(names);
    List<String> others = names.stream().filter(n -> SemanticVersion.parse(n).isEmpty()).toList();
    return (versions.isEmpty()
            ? "It has no versions."
            : "Available versions: " + some(versions) + ".")
        + (others.isEmpty() ? "" : " Not versions: " + some(others) + ".");
  }

  private static String some(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(names.size(), MAX_SHOWN)));
    return names.size() > MAX_SHOWN
        ? shown + " and " + (names.size() - MAX_SHOWN) + " more"
        : shown;
  }

  private String versionsPrefix(PackageRef.Coordinates wanted) {
    String prefix = layout.substring(0, layout.indexOf("{version}"));
    return prefix
        .replace("{org}/", wanted.org().map(org -> org + "/").orElse(""))
        .replace("{agent}", wanted.name());
  }

  private static ParException notFound(String what, String hint) {
    return new ParException(Kind.NOT_FOUND, what, hint);
  }
}
