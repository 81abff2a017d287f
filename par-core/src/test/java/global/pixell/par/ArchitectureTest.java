package global.pixell.par;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("global.pixell.par");

  @Test
  void only_the_fetcher_and_its_errors_know_the_sdk() {
    noClasses()
        .that()
        .haveNameNotMatching("global\\.pixell\\.par\\.S3(Fetcher|Errors|Credentials).*")
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
        .haveNameNotMatching("global\\.pixell\\.par\\.FetchRetry.*")
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
        .haveNameNotMatching("global\\.pixell\\.par\\.logging\\.Json.*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.fasterxml..")
        .because("objects are never bound, for that costs a cold start a quarter of its time")
        .check(CORE);
  }

  @Test
  void only_the_manifest_reader_knows_the_yaml_parser() {
    noClasses()
        .that()
        .haveNameNotMatching("global\\.pixell\\.par\\.ManifestReader.*")
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
                .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC) && c.isTopLevelClass())
                .map(c -> c.getSimpleName()))
        .containsExactlyInAnyOrder(
            "Par",
            "ParConfig",
            "PackageRef",
            "Digest",
            "AgentPackage",
            "AgentManifest",
            "CachedPackage",
            "PackageInspection",
            "ParEvent",
            "ParException",
            "EnvironmentReader",
            "Json",
            "Redactor");
  }
}
