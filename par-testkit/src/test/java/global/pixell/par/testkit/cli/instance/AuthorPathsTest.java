package global.pixell.par.testkit.cli.instance;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of a boot, with the author's paths in place of those of the cache. */
class AuthorPathsTest {

  private static final String DIGEST = "0123456789abcdef".repeat(4);

  @TempDir Path work;
  private Path cache;

  @BeforeEach
  void makeCache() throws IOException {
    cache = Files.createDirectory(work.resolve("cache (1)"));
  }

  @Test
  void a_traceback_names_the_file_to_edit() throws Exception {
    var paths = new AuthorPaths(cache, Path.of("my \"agent\""));

    assertThat(message(paths, "File \"" + cache + "/v1/trees/sha256/" + DIGEST + "/src/main.py\""))
        .isEqualTo("File \"my \"agent\"/src/main.py\"");
    assertThat(message(paths, cache + "/v1/derived/bytecode-" + DIGEST + "/main.py:3"))
        .isEqualTo("my \"agent\"/main.py:3");
    assertThat(message(paths, cache + "/v1/trees/sha256/" + DIGEST)).isEqualTo("my \"agent\"");
  }

  @Test
  void a_cache_behind_a_link_is_recognized_under_both_names() throws Exception {
    Path link = Files.createSymbolicLink(work.resolve("link"), cache);
    var paths = new AuthorPaths(link, Path.of("agent"));

    for (Path name : new Path[] {link, cache.toRealPath()}) {
      assertThat(message(paths, name + "/v1/trees/sha256/" + DIGEST + "/a.js"))
          .isEqualTo("agent/a.js");
    }
  }

  @Test
  void other_paths_stay() throws Exception {
    var paths = new AuthorPaths(cache, Path.of("agent"));

    for (String other :
        new String[] {
          cache + "/v1/host/host.py", "/v1/trees/sha256/" + DIGEST + "/a.js", "$1 \\ text"
        }) {
      assertThat(message(paths, other)).isEqualTo(other);
    }
  }

  private static String message(AuthorPaths paths, String message) throws IOException {
    return String.valueOf(Json.read(paths.replaceIn(Json.write(Map.of("m", message)))).get("m"));
  }
}
