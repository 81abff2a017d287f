package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a fetch loads, because classes are most of what a boot costs in CPU time and memory. The
 * counts are those of the built distribution in a process of its own, and equal in every run. A
 * budget that is passed is to be raised only with the reason why the classes are needed.
 */
@Timeout(120)
class LoadedClassesTest {

  private static final Path BUILT = Path.of("../par-launcher/target/par");
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  /** Without PAR's class archive, the JVM loads a class only when it is used. */
  private static final String LAZY = "-Xshare:auto";

  /** What a process does, and the most classes that it may load. */
  enum Fetch {
    COLD,
    PINNED_AND_CACHED;

    /** By library; of any other it loads none. */
    Map<String, Integer> budgets() {
      return switch (this) {
        case COLD ->
            Map.of(
                "global.pixell.par", 450,
                "software.amazon.awssdk", 240,
                "io.github.resilience4j", 38,
                "org.yaml.snakeyaml", 97,
                "org.slf4j", 28);
        case PINNED_AND_CACHED ->
            Map.of("global.pixell.par", 225, "org.yaml.snakeyaml", 97, "org.slf4j", 28);
      };
    }

    int budgetOfJdk() {
      return this == COLD ? 1_850 : 1_450;
    }
  }

  private record LoadedClass(String name, String source) {

    /** The library that it belongs to; empty for the JDK's. */
    String library() {
      return Stream.of(
              "global.pixell.par",
              "software.amazon.awssdk",
              "io.github.resilience4j",
              "org.yaml.snakeyaml",
              "org.slf4j",
              "com.fasterxml.jackson")
          .filter(library -> name.startsWith(library + "."))
          .findFirst()
          .orElse("");
    }
  }

  private static final byte[] APKG =
      Apkg.named("greeter").command("sh", "run.sh").file("run.sh", "").build();

  private static FakeS3 s3;
  private static Path work;

  @BeforeAll
  static void publish() throws IOException {
    assumeTrue(Files.isExecutable(BUILT.resolve("bin/par")), "mvn package makes the distribution");
    work = Files.createTempDirectory("par-classes-");
    s3 = FakeS3.start();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, APKG);
  }

  @AfterAll
  static void delete() throws IOException {
    if (s3 != null) {
      s3.close();
      ReadOnlyTreeDeleter.delete(work);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_fetch_loads_no_more_classes_than_it_needs(Fetch fetch) throws Exception {
    var counts = new TreeMap<String, Integer>();
    for (LoadedClass loaded : load(fetch, LAZY)) {
      counts.merge(loaded.library(), 1, Integer::sum);
    }

    assertThat(counts.remove("")).as("classes of the JDK").isLessThan(fetch.budgetOfJdk());
    assertThat(counts.keySet()).isEqualTo(fetch.budgets().keySet());
    counts.forEach(
        (library, count) ->
            assertThat(count).as(library).isLessThanOrEqualTo(fetch.budgets().get(library)));
  }

  /** A single class that training missed makes the JVM open and index all jars in front of it. */
  @ParameterizedTest
  @EnumSource
  void a_fetch_loads_every_class_from_the_archive(Fetch fetch) throws Exception {
    assumeTrue(isTrained(), "the archive is of another Java");

    assertThat(load(fetch, ""))
        .filteredOn(loaded -> loaded.source().contains(".jar"))
        .extracting(LoadedClass::name)
        .isEmpty();
  }

  /**
   * A search for a resource, such as a service or a logger, opens them all: 30 ms of CPU time. Java
   * 21 and later do that in System.exit.
   */
  @Test
  void a_cached_package_is_fetched_without_opening_a_jar() throws Exception {
    assumeTrue(isTrained(), "the archive is of another Java");

    List<String> initialized = log(Fetch.PINNED_AND_CACHED, "", "class+init=info");

    assertThat(initialized)
        .anyMatch(line -> line.contains("global/pixell/par/launcher/Main"))
        .noneMatch(line -> line.contains("URLClassPath$JarLoader"));
  }

  private static boolean isTrained() throws IOException {
    String name = "par-" + Runtime.version().feature() + ".";
    try (Stream<Path> files = Files.list(BUILT.resolve("lib"))) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith(name));
    }
  }

  private static List<LoadedClass> load(Fetch fetch, String options) throws Exception {
    return log(fetch, options, "class+load").stream().map(LoadedClassesTest::read).toList();
  }

  /** What the JVM logs under a tag during a fetch. */
  private static List<String> log(Fetch fetch, String options, String tag) throws Exception {
    Path cache = Files.createTempDirectory(work, "cache");
    String reference = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;
    if (fetch == Fetch.PINNED_AND_CACHED) {
      reference += "#sha256=" + Apkg.sha256(APKG);
      run(cache, reference, "");
    }
    Path log = Files.createTempFile(work, "classes", ".log");
    run(cache, reference, options + " -Xlog:" + tag + ":file=" + log);
    return Files.readAllLines(log);
  }

  /** A line is {@code [0.1s][info][class,load] NAME source: SOURCE}. */
  private static LoadedClass read(String line) {
    String[] words = line.replaceFirst("^(\\[[^]]*])+ ", "").split(" ", 3);
    return new LoadedClass(words[0], words.length > 2 ? words[2] : "");
  }

  private static void run(Path cache, String reference, String options) throws Exception {
    var builder = new ProcessBuilder(BUILT.resolve("bin/par").toString(), "fetch", reference);
    var environment = new HashMap<>(s3.environment());
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", work.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PAR_CACHE_DIR", cache.toString());
    environment.put("PAR_JAVA_OPTS", options);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Path output = Files.createTempFile(work, "output", ".txt");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
  }
}
