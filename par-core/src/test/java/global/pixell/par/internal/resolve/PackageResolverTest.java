package global.pixell.par.internal.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.remote.Listing;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How coordinates resolve in a bucket with these keys. */
class PackageResolverTest {

  private final List<String> listed = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "acme/greeter@latest,       acme/greeter/1.10.0/g.apkg, 2",
    "acme/greeter@1.x,          acme/greeter/1.10.0/g.apkg, 2",
    "acme/greeter@~1.2.0,       acme/greeter/1.2.9/g.apkg,  2",
    "acme/greeter@1.2.0,        acme/greeter/1.2.0/g.apkg,  1",
    "acme/greeter@2.0.0-rc.1,   acme/greeter/2.0.0-rc.1/g.apkg, 1",
    "acme/greeter@^2.0.0-rc.1,  acme/greeter/2.0.0-rc.11/g.apkg, 2",
    "greeter@latest,            greeter/0.1.0/solo.apkg,    2",
  })
  void coordinates_become_one_key_in_one_or_two_listings(
      String coordinates, String key, int listings) {
    PackageRef.S3Object found =
        resolve(
            coordinates,
            "acme/greeter/1.2.0/g.apkg",
            "acme/greeter/1.2.9/g.apkg",
            "acme/greeter/1.10.0/g.apkg",
            "acme/greeter/1.10.0/g.apkg.sig",
            "acme/greeter/1.10.0/more/inner.apkg",
            "acme/greeter/2.0.0-rc.1/g.apkg",
            "acme/greeter/2.0.0-rc.2/g.apkg",
            "acme/greeter/2.0.0-rc.11/g.apkg",
            "acme/greeter/nightly/g.apkg",
            "greeter/0.1.0/solo.apkg");

    assertThat(found)
        .isEqualTo(new PackageRef.S3Object("packages", key, java.util.Optional.empty()));
    assertThat(listed).hasSize(listings);
  }

  @Test
  void of_several_builds_of_one_version_every_task_takes_the_same() {
    assertThat(
            resolve(
                    "greeter@latest",
                    "greeter/1.0.0+b2/g.apkg",
                    "greeter/1.0.0+b10/g.apkg",
                    "greeter/1.0.0/g.apkg")
                .key())
        .isEqualTo("greeter/1.0.0+b2/g.apkg");
  }

  @Test
  void what_is_there_is_named_newest_first_and_what_is_no_version_too() {
    assertThatThrownBy(
            () ->
                resolve(
                    "greeter@^2",
                    "greeter/1.2.0/g.apkg",
                    "greeter/1.10.0/g.apkg",
                    "greeter/2.0.0-rc.1/g.apkg",
                    "greeter/nightly/g.apkg",
                    "greeter/1.2.3.4/g.apkg"))
        .hasMessage(
            "No version under s3://packages/greeter/ satisfies '^2'. Available versions: 2.0.0-rc.1, 1.10.0, 1.2.0. Not versions: 1.2.3.4, nightly.")
        .extracting(e -> ((ParException) e).hint())
        .isEqualTo("Publish one, or ask for an available version; a pre-release must be named.");
  }

  @Test
  void a_missing_exact_version_names_what_is_there_instead() {
    assertThatThrownBy(() -> resolve("greeter@1.2.1", "greeter/1.2.0/g.apkg"))
        .hasMessage(
            "There is no .apkg under s3://packages/greeter/1.2.1/. Available versions: 1.2.0.");
    assertThatThrownBy(() -> resolve("nobody@latest", "greeter/1.2.0/g.apkg"))
        .hasMessage(
            "No version under s3://packages/nobody/ satisfies 'latest'. It has no versions.");
  }

  @Test
  void two_packages_under_a_version_are_a_fault_of_the_reference() {
    assertThatThrownBy(
            () -> resolve("greeter@1.0.0", "greeter/1.0.0/a.apkg", "greeter/1.0.0/b.apkg"))
        .isInstanceOfSatisfying(
            ParException.class, e -> assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG))
        .hasMessage(
            "s3://packages/greeter/1.0.0/ holds 2 packages: greeter/1.0.0/a.apkg, greeter/1.0.0/b.apkg.");
  }

  @Test
  void long_lists_are_cut_in_errors() {
    String[] keys = new String[40];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = "greeter/1." + i + ".0/g.apkg";
    }

    assertThatThrownBy(() -> resolve("greeter@^2", keys))
        .hasMessageContaining("Available versions: 1.39.0, 1.38.0")
        .hasMessageEndingWith("1.30.0 and 30 more.");
  }

  private PackageRef.S3Object resolve(String coordinates, String... keys) {
    var wanted = (PackageRef.Coordinates) PackageRef.parse(coordinates).address();
    return new PackageResolver("packages", ParConfig.DEFAULT_KEY_LAYOUT)
        .resolve(
            wanted,
            (bucket, prefix) -> {
              listed.add(prefix);
              return list(prefix, keys);
            });
  }

  /** S3's listing below a prefix with the delimiter '/', in S3's order. */
  private static Listing list(String prefix, String... keys) {
    var folders = new TreeSet<String>();
    var files = new TreeSet<String>();
    for (String key : keys) {
      if (key.startsWith(prefix)) {
        int slash = key.indexOf('/', prefix.length());
        if (slash < 0) {
          files.add(key);
        } else {
          folders.add(key.substring(0, slash + 1));
        }
      }
    }
    return new Listing(List.copyOf(folders), List.copyOf(files));
  }
}
