import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.junit.ParTest;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@ParTest
class AgentTest {

  @Test
  void greets_as_a_function() {
    assertEquals("{\"message\": \"Hello, Ada!\"}\n", Agent.invoke("{\"name\": \"Ada\"}"));
  }

  @Test
  void greets_in_the_runtime(FakeS3 s3) throws Exception {
    byte[] apkg = Apkg.ofFolder(Path.of(""));
    s3.put("pixell-agent-packages", "test/@NAME@/0.1.0/@NAME@.apkg", apkg);
    try (AgentRun run = AgentRun.boot(s3, "test/@NAME@@0.1.0")) {
      run.await("Runtime ready");
      HttpRequest request =
          HttpRequest.newBuilder(run.rest().resolve("invoke"))
              .POST(BodyPublishers.ofString("{\"name\": \"Ada\"}"))
              .build();
      String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      assertEquals("{\"message\": \"Hello, Ada!\"}\n", answer);
      assertTrue(run.log().toString().contains("listens on"));
      run.stop();
      assertEquals(0, run.exitCode());
    }
  }
}
