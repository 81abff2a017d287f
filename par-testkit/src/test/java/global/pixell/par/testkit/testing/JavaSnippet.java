package global.pixell.par.testkit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles Java that a document or a page shows. */
public final class JavaSnippet {

  private JavaSnippet() {}

  /**
   * Compiles a source with the class path of the tests; fails with the compiler's messages.
   *
   * @param name the name of its class
   * @param classes the directory for its classes
   */
  public static void compile(String name, String source, Path classes) {
    var messages = new StringWriter();
    boolean compiled =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                messages,
                null,
                null,
                List.of(
                    "-proc:none",
                    "-d",
                    classes.toString(),
                    "-cp",
                    System.getProperty("java.class.path")),
                null,
                List.of(
                    new SimpleJavaFileObject(
                        URI.create("string:///" + name + ".java"),
                        SimpleJavaFileObject.Kind.SOURCE) {
                      @Override
                      public CharSequence getCharContent(boolean ignoreErrors) {
                        return source;
                      }
                    }))
            .call();
    assertThat(compiled).as("%s%n%s", messages, source).isTrue();
  }
}
