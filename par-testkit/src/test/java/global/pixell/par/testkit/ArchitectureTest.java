package global.pixell.par.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final String ROOT = "global.pixell.par.testkit";

  private static final JavaClasses TESTKIT =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages(ROOT);

  /** Each package, from the lowest to the highest, and the packages that it may use. */
  private static final Map<String, List<String>> ROOMS = new LinkedHashMap<>();

  static {
    ROOMS.put("internal.io", List.of());
    ROOMS.put("internal.text", List.of());
    ROOMS.put("internal.iam", List.of("internal.text"));
    ROOMS.put("internal.http", List.of("internal.io"));
    ROOMS.put("internal.s3.model", List.of("internal.io", "internal.iam", "internal.http"));
    ROOMS.put(
        "internal.auth",
        List.of(
            "internal.io", "internal.text", "internal.iam", "internal.s3.model", "internal.http"));
    List<String> ofProtocol =
        List.of("internal.io", "internal.iam", "internal.http", "internal.s3.model");
    ROOMS.put("internal.s3.request", with(ofProtocol, "internal.auth"));
    List<String> ofOperations = with(ofProtocol, "internal.auth", "internal.s3.request");
    ROOMS.put("internal.s3.object", ofOperations);
    ROOMS.put("internal.s3.listing", ofOperations);
    ROOMS.put(
        "internal.s3.multipart", with(ofOperations, "internal.s3.object", "internal.s3.listing"));
    ROOMS.put(
        "internal.s3.bucket", with(ofOperations, "internal.s3.object", "internal.s3.listing"));
    ROOMS.put(
        "internal.s3",
        with(
            ofOperations,
            "internal.s3.object",
            "internal.s3.listing",
            "internal.s3.multipart",
            "internal.s3.bucket"));
    ROOMS.put("internal.service", ofOperations);
    ROOMS.put(
        "internal.fault",
        with(ofProtocol, "internal.text", "internal.s3.request", "internal.s3.object"));
    ROOMS.put("internal.server", List.copyOf(ROOMS.keySet()));
    ROOMS.put("internal.control.http", List.of("internal.http", "internal.text"));
    ROOMS.put(
        "internal.control.event",
        List.of("internal.control.http", "internal.http", "internal.iam", "internal.s3.request"));
    ROOMS.put(
        "internal.control.context",
        List.of("internal.control.http", "internal.control.event", "internal.auth"));
    List<String> ofControl =
        List.of(
            "internal.control.http",
            "internal.control.event",
            "internal.control.context",
            "internal.http",
            "internal.s3.model",
            "internal.server");
    ROOMS.put(
        "internal.control.resource",
        with(
            ofControl,
            "internal.text",
            "internal.iam",
            "internal.auth",
            "internal.s3.request",
            "internal.fault"));
    ROOMS.put("internal.control.page", List.of());
    ROOMS.put(
        "internal.control", with(ofControl, "internal.control.resource", "internal.control.page"));
    ROOMS.put("internal.pack", List.of("internal.io"));
    ROOMS.put("internal.launch", List.of("internal.io"));
    ROOMS.put("", List.copyOf(ROOMS.keySet()));
    ROOMS.put("internal.stub", List.of("internal.io"));
    ROOMS.put("junit", List.of("", "internal.io", "internal.stub"));
    ROOMS.put("cli.console", List.of("internal.text", "internal.pack"));
    ROOMS.put("cli.instance", List.of("cli.console"));
    List<String> ofServers =
        List.of(
            "cli.console",
            "cli.instance",
            "",
            "internal.control.context",
            "internal.fault",
            "internal.pack");
    ROOMS.put("cli.serve", with(ofServers, "internal.stub", "internal.text"));
    ROOMS.put("cli.dev", with(ofServers, "cli.serve", "internal.io", "internal.launch"));
    ROOMS.put(
        "cli",
        List.of(
            "cli.console",
            "cli.instance",
            "cli.serve",
            "cli.dev",
            "",
            "internal.text",
            "internal.pack"));
  }

  private static List<String> with(List<String> rooms, String... more) {
    return Stream.concat(rooms.stream(), Stream.of(more)).toList();
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
    layers.check(TESTKIT);
  }

  @Test
  void every_class_is_in_a_room() {
    assertThat(TESTKIT.stream().map(JavaClass::getPackageName).distinct())
        .containsExactlyInAnyOrderElementsOf(
            ROOMS.keySet().stream().map(ArchitectureTest::packageOf).toList());
  }

  @Test
  void no_room_is_part_of_a_cycle() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(TESTKIT);
  }

  @Test
  void only_the_stubs_see_wiremock() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packageOf("internal.stub"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.github.tomakehurst..", "org.wiremock..", "wiremock..")
        .because("WireMock is optional: nothing of it may be loaded unless a test has stubs")
        .check(TESTKIT);
  }

  @Test
  void the_public_types_are_these() {
    assertThat(publicApi().map(JavaClass::getSimpleName))
        .containsExactlyInAnyOrder(
            "FakeS3",
            "FakeS3Options",
            "RecordedRequest",
            "Fault",
            "FaultScript",
            "FakeClock",
            "Identity",
            "Policy",
            "Apkg",
            "AgentRun",
            "ParLog",
            "ParTest",
            "ParExtension",
            "Requests",
            "Times",
            "Verification");
  }

  @Test
  void the_public_types_show_nothing_internal_and_no_other_test_library() {
    assertThat(publicApi().flatMap(ArchitectureTest::shownBy).map(JavaClass::getPackageName))
        .isNotEmpty()
        .noneMatch(name -> name.contains(".internal"))
        .noneMatch(name -> name.contains("wiremock"));
  }

  private static Stream<JavaClass> publicApi() {
    return TESTKIT.stream()
        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC) && c.isTopLevelClass())
        .filter(c -> !c.getPackageName().contains(".internal"))
        .filter(c -> !c.getPackageName().contains(".cli"));
  }

  /** The types in the signatures of a public type, of its nested types, and of its supertypes. */
  private static Stream<JavaClass> shownBy(JavaClass type) {
    Stream<JavaClass> own =
        Stream.of(
                type.getAllRawSuperclasses().stream(),
                type.getAllRawInterfaces().stream(),
                type.getCodeUnits().stream()
                    .filter(unit -> isShown(unit.getModifiers()))
                    .flatMap(ArchitectureTest::inSignature),
                type.getFields().stream()
                    .filter(field -> isShown(field.getModifiers()))
                    .flatMap(field -> field.getType().getAllInvolvedRawTypes().stream()))
            .flatMap(each -> each);
    Stream<JavaClass> nested =
        TESTKIT.stream()
            .filter(c -> c.getEnclosingClass().filter(type::equals).isPresent())
            .filter(c -> isShown(c.getModifiers()))
            .flatMap(ArchitectureTest::shownBy);
    return Stream.concat(own, nested);
  }

  private static Stream<JavaClass> inSignature(JavaCodeUnit unit) {
    return Stream.concat(
            Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                .flatMap(each -> each.getAllInvolvedRawTypes().stream()),
            unit.getExceptionTypes().stream())
        .distinct();
  }

  private static boolean isShown(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static String layer(String room) {
    return room.isEmpty() ? "root" : room;
  }

  private static String packageOf(String room) {
    return room.isEmpty() ? ROOT : ROOT + "." + room;
  }
}
