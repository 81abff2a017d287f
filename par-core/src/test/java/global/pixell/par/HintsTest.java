package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library's hints, as its sources word them, must suit the programs that embed it. */
class HintsTest {

  private static final Path SOURCES = Path.of("src/main/java");
  private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\\n]|\\\\.)*\"");

  /** The methods that read an environment. */
  private static final List<String> READERS =
      List.of("ParConfig.java", "EnvironmentReader.java", "ConfigVariables.java");

  @Test
  void no_message_names_a_variable_of_the_launcher() throws IOException {
    assertThat(literals())
        .isNotEmpty()
        .noneMatch(
            text -> text.matches(".*\\b(PAR_[A-Z]|PACKAGE_[A-Z]|S3_BUCKET|MAX_PACKAGE_SIZE).*"));
  }

  @Test
  void every_setting_that_a_message_names_exists() throws IOException {
    List<String> doors =
        Stream.of(Par.Builder.class, Par.class, PackageRef.class, FetchOptions.class)
            .flatMap(type -> Stream.of(type.getMethods()))
            .map(Method::getName)
            .toList();
    Pattern setting = Pattern.compile("\\b([a-z]\\w+)\\((?:…|true|false|)\\)");
    assertThat(
            literals().stream()
                .flatMap(text -> setting.matcher(text).results())
                .map((MatchResult m) -> m.group(1)))
        .isNotEmpty()
        .allMatch(doors::contains);
  }

  private static List<String> literals() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !READERS.contains(file.getFileName().toString()))
          .map(HintsTest::read)
          .flatMap(source -> LITERAL.matcher(source).results())
          .map(MatchResult::group)
          .collect(Collectors.toList());
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file)
          .lines()
          .filter(line -> !line.strip().matches("(\\*|//|/\\*).*"))
          .collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
