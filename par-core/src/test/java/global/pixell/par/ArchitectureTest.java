package global.pixell.par;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final String API = "global.pixell.par";
  private static final String ROOMS = API + ".internal.";

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages(API)
          .that(
              DescribedPredicate.describe(
                  "are of par-core",
                  c -> c.getPackageName().equals(API) || c.getPackageName().startsWith(ROOMS)));

  /** Each package with the packages that it may use; the lower packages come first. */
  private static final Map<String, List<String>> MAY_USE = new HashMap<>();

  static {
    MAY_USE.put("text", List.of());
    MAY_USE.put("version", List.of());
    MAY_USE.put("s3name", List.of());
    MAY_USE.put("API", List.of("text", "version", "s3name"));
    MAY_USE.put("io", List.of("API"));
    MAY_USE.put("archive", List.of("API", "io"));
    MAY_USE.put("manifest", List.of("API", "text"));
    MAY_USE.put("remote", List.of("API", "text", "s3name", "io"));
    MAY_USE.put("remote.s3", List.of("API", "text", "s3name", "io", "remote"));
    MAY_USE.put("resolve", List.of("API", "version", "s3name", "remote"));
    MAY_USE.put("download.checksum", List.of("API", "text", "io", "remote"));
    MAY_USE.put("download.partial", List.of("API", "text", "io", "remote"));
    MAY_USE.put(
        "download",
        List.of("API", "text", "io", "remote", "download.partial", "download.checksum"));
    MAY_USE.put("cache", List.of("API", "version", "io", "archive"));
    MAY_USE.put("fetch", List.copyOf(MAY_USE.keySet()));
  }

  @Test
  void a_room_uses_only_the_rooms_the_plan_names() {
    var forbidden = new TreeSet<String>();
    for (JavaClass origin : CORE) {
      String room = room(origin);
      assertThat(MAY_USE).as("the room of " + origin.getName()).containsKey(room);
      for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (CORE.contain(target.getName())
            && !room(target).equals(room)
            && !MAY_USE.getOrDefault(room, List.of()).contains(room(target))
            && !isTheDoor(origin, target)) {
          forbidden.add(room + " -> " + room(target) + ": " + dependency.getDescription());
        }
      }
    }
    assertThat(forbidden).isEmpty();
  }

  /** The one exception: {@code Par.builder().build()} must create the engine. */
  private static boolean isTheDoor(JavaClass origin, JavaClass target) {
    return origin.getName().startsWith(API + ".Par")
        && target.getName().equals(ROOMS + "fetch.FetchEngine");
  }

  private static String room(JavaClass c) {
    String name = c.getPackageName();
    return name.equals(API) ? "API" : name.substring(ROOMS.length());
  }

  @Test
  void rooms_have_no_cycles() {
    slices().matching(ROOMS + "(**)").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void only_one_room_knows_the_sdk() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOMS + "remote.s3")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon..")
        .because("a package from the cache must boot without loading the SDK")
        .check(CORE);
  }

  @Test
  void only_the_retry_knows_resilience4j() {
    noClasses()
        .that()
        .haveNameNotMatching((ROOMS + "download.FetchRetry").replace(".", "\\.") + ".*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.github.resilience4j..")
        .because("retries have one owner")
        .check(CORE);
  }

  @Test
  void only_the_json_class_knows_the_json_parser() {
    noClasses()
        .that()
        .haveNameNotMatching((ROOMS + "text.Json").replace(".", "\\.") + ".*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.fasterxml..")
        .because("objects are never bound, for that costs a cold start a quarter of its time")
        .check(CORE);
  }

  @Test
  void only_the_yaml_classes_know_the_yaml_parser() {
    noClasses()
        .that()
        .haveNameNotMatching((ROOMS + "manifest.Yaml").replace(".", "\\.") + ".*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.yaml..")
        .because("the parser can then be changed in one place")
        .check(CORE);
  }

  @Test
  void the_library_neither_exits_the_jvm_nor_reads_its_environment() {
    noClasses()
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .accessField(System.class, "out")
        .because("par-core is a guest in its host")
        .check(CORE);
  }

  @Test
  void the_public_doors_are_the_ones_of_the_house_plan() {
    assertThat(
            CORE.stream()
                .filter(c -> c.getPackageName().equals(API))
                .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC) && c.isTopLevelClass())
                .map(JavaClass::getSimpleName))
        .containsExactlyInAnyOrder(
            "Par",
            "ParConfig",
            "ParSettings",
            "CacheConfig",
            "DownloadConfig",
            "S3Config",
            "Limits",
            "PackageRef",
            "Digest",
            "AgentPackage",
            "AgentManifest",
            "CachedPackage",
            "EvictionResult",
            "FetchOptions",
            "VerificationResult",
            "PackageInspection",
            "ParEvent",
            "ParException",
            "EnvironmentReader");
  }

  @Test
  void no_internal_type_appears_in_a_public_signature() {
    var leaks = new TreeSet<String>();
    CORE.stream()
        .filter(c -> c.getPackageName().equals(API))
        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(c -> c.getMembers().stream())
        .filter(m -> m.getModifiers().contains(JavaModifier.PUBLIC))
        .forEach(
            member -> {
              String internal =
                  Stream.of(member.getAllInvolvedRawTypes())
                      .flatMap(java.util.Collection::stream)
                      .map(JavaClass::getName)
                      .filter(name -> name.startsWith(ROOMS))
                      .collect(Collectors.joining(", "));
              if (!internal.isEmpty()) {
                leaks.add(member.getFullName() + ": " + internal);
              }
            });
    assertThat(leaks).isEmpty();
  }
}
