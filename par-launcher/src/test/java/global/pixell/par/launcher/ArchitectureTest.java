package global.pixell.par.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final String ROOT = "global.pixell.par.launcher";

  private static final JavaClasses LAUNCHER =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages(ROOT);

  /** Each package, from the lowest to the highest, and the packages that it may use. */
  private static final Map<String, List<String>> ROOMS = new LinkedHashMap<>();

  static {
    ROOMS.put("failure", List.of());
    ROOMS.put("stop", List.of());
    ROOMS.put("terminal", List.of());
    ROOMS.put("config", List.of());
    ROOMS.put("derived", List.of());
    ROOMS.put("health", List.of());
    ROOMS.put("log", List.of("failure"));
    ROOMS.put("probe", List.of("config"));
    ROOMS.put("receipt", List.of("config"));
    ROOMS.put("agent", List.of("config", "derived", "failure", "log", "probe", "stop"));
    ROOMS.put("agent.python", List.of("agent", "config", "derived", "failure"));
    ROOMS.put(
        "agent.preparation",
        List.of("agent", "agent.python", "config", "derived", "failure", "log"));
    ROOMS.put(
        "boot",
        List.of(
            "agent",
            "agent.preparation",
            "config",
            "failure",
            "health",
            "log",
            "probe",
            "receipt",
            "stop"));
    ROOMS.put("doctor", List.of("agent", "agent.preparation", "config", "failure", "log"));
    ROOMS.put("image", List.of("boot"));
    ROOMS.put("", List.copyOf(ROOMS.keySet()));
  }

  @Test
  void each_room_uses_only_the_rooms_below_it() {
    var layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String room : ROOMS.keySet()) {
      layers = layers.layer(layer(room)).definedBy(packageOf(room));
    }
    for (Map.Entry<String, List<String>> room : ROOMS.entrySet()) {
      String[] below = room.getValue().stream().map(ArchitectureTest::layer).toArray(String[]::new);
      layers =
          below.length == 0
              ? layers.whereLayer(layer(room.getKey())).mayNotAccessAnyLayer()
              : layers.whereLayer(layer(room.getKey())).mayOnlyAccessLayers(below);
    }
    layers.check(LAUNCHER);
  }

  @Test
  void every_class_is_in_a_room() {
    assertThat(LAUNCHER.stream().map(JavaClass::getPackageName).distinct())
        .containsExactlyInAnyOrderElementsOf(
            ROOMS.keySet().stream().map(ArchitectureTest::packageOf).toList());
  }

  @Test
  void no_room_is_part_of_a_cycle() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(LAUNCHER);
  }

  @Test
  void the_environment_is_read_once_and_the_jvm_ends_in_one_place() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Main.class.getName())
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .because("what does not read global state can be tested and embedded")
        .check(LAUNCHER);
  }

  @Test
  void the_cloud_is_the_librarys_business() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("software.amazon..", "io.github.resilience4j..")
        .because("the launcher fetches through Par alone")
        .check(LAUNCHER);
  }

  private static String layer(String room) {
    return room.isEmpty() ? "root" : room;
  }

  private static String packageOf(String room) {
    return room.isEmpty() ? ROOT : ROOT + "." + room;
  }
}
