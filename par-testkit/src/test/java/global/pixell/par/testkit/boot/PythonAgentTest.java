package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.Digest;
import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.OutputLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Typical Python packages, booted by the real launcher with the real libraries. */
@Timeout(240)
class PythonAgentTest {

  private static final Path SYSTEM_PYTHON = Path.of("/usr/bin/python3");
  private static final String MOUNT =
      """
      def mount(app):
          @app.get("/api/hello")
          def hello():
              return {"hello": "world"}
      """;
  private static final String SERVICE =
      """
      async def upper(parameters):
          return parameters["text"].upper()

      def create():
          return {"custom_handlers": {"upper": upper}}
      """;

  private static Path shared;
  private static Path wheelhouse;

  private Path directory;
  private Map<String, String> environment;

  /** Every test that needs the same wheels shares one installation. */
  @BeforeAll
  static void fillTheWheelhouse() throws IOException {
    shared = Files.createTempDirectory("par-python-shared-");
    wheelhouse = Files.createDirectory(shared.resolve("wheelhouse"));
    wheel(wheelhouse, "greeting", "1.0", "TEXT = 'one'\n");
    wheel(wheelhouse, "greeting", "2.0", "TEXT = 'two'\n");
  }

  @AfterAll
  static void deleteShared() throws IOException {
    ReadOnlyTreeDeleter.delete(shared);
  }

  @BeforeAll
  static void theLibrariesAreThere() throws Exception {
    boolean there =
        Files.isExecutable(SYSTEM_PYTHON)
            && new ProcessBuilder(SYSTEM_PYTHON.toString(), "-c", "import fastapi, uvicorn, grpc")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor()
                == 0;
    assumeTrue(
        there,
        "left out: "
            + SYSTEM_PYTHON
            + " lacks fastapi, uvicorn or grpcio"
            + " (Debian: python3-fastapi python3-uvicorn python3-grpcio python3-venv)");
  }

  @BeforeEach
  void prepare() throws IOException {
    directory = Files.createTempDirectory("par-python-");
    environment = LocalBoot.environment(shared.resolve("cache"));
    environment.put("PATH", "/usr/bin:/bin");
  }

  @AfterEach
  void delete() throws IOException {
    ReadOnlyTreeDeleter.delete(directory);
  }

  @Test
  void an_agent_with_rest_routes_becomes_ready_answers_and_leaves_with_0() throws Exception {
    environment.put("BASE_PATH", "/agents/greeter");
    Apkg agent =
        Apkg.named("greeter").manifest("rest: {entry: 'main:mount'}").file("main.py", MOUNT);
    try (var run = AgentRun.start(environmentOf(agent))) {
      run.await("Runtime ready");
      assertThat(get("/health").body()).contains("\"ok\": true", "\"surfaces\": {\"rest\": true}");
      assertThat(get("/agents/greeter/api/hello").body()).isEqualTo("{\"hello\":\"world\"}");
      assertThat(get("/agents/app-1/health").body()).contains("\"status\": \"healthy\"");
      run.stop();
      assertThat(run.exitCode()).isZero();
      run.log().isWhole().hasNo("Dependencies installed").hasNo("Runtime failed");
    }
  }

  @Test
  void rest_a2a_and_ui_of_the_builders_layout_are_served_to_real_clients() throws Exception {
    Apkg builder =
        Apkg.named("unused")
            .rawManifest(
                """

                version: "1.0"
                name: greeter
                display_name: Greeter
                description: Greets.
                author: Ada
                runtime: python3.11
                metadata:
                  version: "2.1.0"
                  sub_agents: []
                environment:
                  A2A_PORT: "${A2A_PORT:-50051}"
                rest: {entry: "src.routes:mount"}
                a2a: {service: "src.service:create"}
                ui: {path: ui, basePath: /}
                """)
            .directory("src/")
            .file("src/__init__.py", "")
            .file("src/routes.py", MOUNT)
            .file("src/service.py", SERVICE)
            .directory("dist/")
            .directory("dist/ui/")
            .file("dist/ui/index.html", "<h1>greeter</h1>")
            .file(".env", "API_KEY=hidden-value-of-the-package\n")
            .file(
                "setup.py", "from setuptools import setup\nsetup(name='x', install_requires=[])\n")
            .file(".pixell/package.json", "{}");
    try (var run = ready(builder)) {
      assertThat(get("/health").body())
          .contains("\"rest\": true", "\"a2a\": true", "\"ui\": true", "\"ok\": true");
      assertThat(get("/meta").body()).contains("\"version\": \"2.1.0\"", "\"author\": \"Ada\"");
      assertThat(get("/meta").body())
          .containsPattern("\"boot\": \\{\"config\": \\d+, \"fetch\": \\d+, \"load\": \\d+\\}");
      assertThat(get("/ui/some/page").body()).contains("<h1>greeter</h1>");
      assertThat(get("/ui/%2e%2e/%2e%2e/.env").body()).doesNotContain("hidden-value");
      assertThat(grpc("Invoke", "\\x0a\\x05upper\\x12\\x0d\\x0a\\x04text\\x12\\x05hello"))
          .contains("HELLO", "req_");
      assertThat(grpc("Ping", "")).contains("pong");
      assertThat(grpc("Health", "")).contains("healthy");
      assertThat(grpc("DescribeCapabilities", "")).contains("upper", "2.1.0");
      assertThat(run.stop()).isZero();
    }
  }

  @Test
  void an_asgi_application_runs_as_it_is() throws Exception {
    Apkg second =
        Apkg.named("greeter")
            .manifest("http_server: main:app\n")
            .file(
                "pyproject.toml", "[project]\nname = 'greeter'\nversion = '1'\ndependencies = []\n")
            .file(
                "main.py",
                "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef root(): return 'mine'\n");
    try (var run = ready(second)) {
      assertThat(get("/").body()).isEqualTo("\"mine\"");
      assertThat(get("/health").body()).contains("\"http\": true");
      assertThat(run.log().lines("Runtime failed")).isEmpty();
    }
  }

  @Test
  void a_function_is_invoked_with_json_and_a_command_gets_its_variables() throws Exception {
    Apkg handler =
        Apkg.named("greeter")
            .manifest("runtime: {python: '>=3.8'}\nentrypoint: main:handler\n")
            .file("main.py", "def handler(payload):\n    return {'you': payload['data']}\n");
    try (var run = ready(handler)) {
      assertThat(post("/invoke", "{\"action\": \"x\", \"data\": 3}").body())
          .isEqualTo("{\"you\": 3}");
      assertThat(run.log().lines("Runtime failed")).isEmpty();
    }
    Apkg command =
        Apkg.named("greeter")
            .command("python3", "-m", "uvicorn", "main:app", "--port", "${REST_PORT}")
            .file(
                "main.py",
                "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef root(): return 'cmd'\n");
    try (var run = ready(command)) {
      assertThat(get("/").body()).isEqualTo("\"cmd\"");
      assertThat(run.log().lines("Runtime failed")).isEmpty();
    }
  }

  @Test
  void exports_and_a_main_that_serves_by_itself_start() throws Exception {
    Apkg exports =
        Apkg.named("greeter")
            .manifest("exports: [{id: hello, handler: agent.hello}]\n")
            .file("agent.py", "def hello(data):\n    return 'hello ' + data['name']\n");
    try (var run = ready(exports)) {
      assertThat(post("/invoke", "{\"action\": \"hello\", \"data\": {\"name\": \"you\"}}").body())
          .isEqualTo("\"hello you\"");
      assertThat(run.log().lines("Runtime failed")).isEmpty();
    }
    Apkg serving =
        Apkg.named("greeter")
            .manifest("entrypoint: main:main\n")
            .file(
                "main.py",
                """
                import http.server, os
                def main():
                    port = int(os.environ["REST_PORT"])
                    handler = http.server.SimpleHTTPRequestHandler
                    http.server.HTTPServer(("127.0.0.1", port), handler).serve_forever()
                """);
    try (var run = ready(serving)) {
      assertThat(get("/main.py").body()).contains("serve_forever");
      assertThat(run.stop()).isZero();
    }
  }

  @Test
  void an_import_error_is_fatal_and_in_the_log() {
    try (var run =
        boot(
            Apkg.named("greeter")
                .manifest("rest: {entry: 'main:mount'}")
                .file("main.py", "import a_module_that_is_nowhere\n"))) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().toString())
          .contains("Traceback (most recent call last)", "a_module_that_is_nowhere");
      assertThat(run.log().only("Runtime failed").text("error"))
          .contains("a_module_that_is_nowhere");
    }
  }

  @Test
  void versions_have_environments_of_their_own_from_the_wheelhouse_and_without_any_index()
      throws Exception {
    useWheelhouse();
    // Nothing listens on this port, so a request to an index would fail.
    environment.put("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
    environment.put("https_proxy", "http://127.0.0.1:9");
    var reused = new ArrayList<Object>();
    for (String[] version : new String[][] {{"1.0", "one"}, {"2.0", "two"}, {"1.0", "one"}}) {
      try (var run = ready(greeting("greeting==" + version[0] + "\n"))) {
        ParLog.Line installed = run.log().only("Dependencies installed");
        reused.add(installed.fields().get("reused"));
        assertThat(installed.fields())
            .containsEntry("source", "requirements.txt")
            .containsEntry("from", wheelhouse.toString());
        assertThat(installed.number("packages")).isEqualTo(1);
        assertThat(post("/invoke", "{}").body()).isEqualTo("\"" + version[1] + "\"");
      }
    }
    assertThat(reused).containsExactly(false, false, true);
  }

  @Test
  void after_a_kill_in_the_middle_of_an_install_two_boots_make_one_environment_between_them()
      throws Exception {
    useWheelhouse();
    useOwnCache();
    Apkg agent = greeting("greeting\n");
    Path staging = derived().resolve("tmp");
    try (var killed = AgentRun.start(environmentOf(agent))) {
      while (list(staging, ".making").isEmpty()) {
        assertThat(killed.log().lines("Runtime failed")).isEmpty();
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }
    assertThat(list(derived(), "python-")).isEmpty();

    try (var first = boot(agent)) {
      environment.putAll(FreePorts.variables());
      // A separate process, because file locks belong to processes.
      try (var second = AgentRun.start(environmentOf(agent))) {
        first.await("Runtime ready");
        second.await("Runtime ready");
        assertThat(post("/invoke", "{}").body()).isEqualTo("\"two\"");
      }
    }
    assertThat(list(derived(), "python-")).filteredOn(name -> !name.contains(".")).hasSize(1);
    assertThat(list(staging, "python-")).allMatch(name -> name.endsWith(".lock"));
  }

  @Test
  void what_a_package_brings_to_mislead_an_installer_has_no_effect() throws Exception {
    useWheelhouse();
    Path proof = directory.resolve("ran");
    String evil = "import os\nif 'pip' in ' '.join(os.sys.argv): open(r'" + proof + "', 'w')\n";
    Apkg hostile =
        greeting("--index-url http://127.0.0.1:9/simple\n--trusted-host x\n-e .\ngreeting<3\n")
            .file("sitecustomize.py", evil)
            .file("usercustomize.py", evil)
            .file("pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\n")
            .file("setup.py", evil + "from setuptools import setup\nsetup(name='x')\n")
            .file(".env", "PIP_INDEX_URL=http://127.0.0.1:9/\nPIP_REQUIRE_VIRTUALENV=1\n");
    try (var run = ready(hostile)) {
      assertThat(post("/invoke", "{}").body()).isEqualTo("\"two\"");
      assertThat(run.log().toString()).contains("--index-url is left out: WHEELHOUSE_DIR");
      assertThat(proof).doesNotExist();
    }
    try (var run =
        boot(greeting("greeting @ https://127.0.0.1:9/greeting-1.0-py3-none-any.whl\n"))) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().only("Runtime failed").text("error"))
          .contains("requirements.txt line 1 names an address");
    }
  }

  @Test
  void the_hash_of_a_requirement_counts() throws Exception {
    useWheelhouse();
    String right = Digest.of(wheelhouse.resolve("greeting-1.0-py3-none-any.whl")).hex();
    try (var run = ready(greeting("greeting==1.0 \\\n  --hash=sha256:" + right + "\n"))) {
      assertThat(post("/invoke", "{}").body()).isEqualTo("\"one\"");
      assertThat(run.log().lines("Runtime failed")).isEmpty();
    }
    String wrong = "0".repeat(64);
    try (var run = boot(greeting("greeting==1.0 --hash=sha256:" + wrong + "\n"))) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().only("Runtime failed").text("error"))
          .contains("DO NOT MATCH THE HASHES");
    }
  }

  @Test
  void uv_is_used_where_the_image_has_it() throws Exception {
    useWheelhouse();
    useOwnCache();
    // A stub that records its arguments and delegates to Python's own venv.
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path calls = directory.resolve("calls");
    Path uv =
        Files.writeString(
            bin.resolve("uv"),
            """
            #!/bin/sh
            echo "$*" >>%s
            case "$1" in
              venv) for target; do :; done; exec /usr/bin/python3 -m venv --without-pip "$target" ;;
              --version) echo 'uv 0.0.1' ;;
            esac
            """
                .formatted(calls));
    Files.setPosixFilePermissions(uv, PosixFilePermissions.fromString("rwxr-xr-x"));
    environment.put("PATH", bin + ":" + environment.get("PATH"));
    Apkg agent =
        Apkg.named("greeter")
            .manifest("entrypoint: main:handler\n")
            .file("requirements.txt", "greeting\n")
            .file("main.py", "def handler(payload):\n    return 'served'\n");
    try (var run = ready(agent)) {
      assertThat(run.log().only("Dependencies installed").text("installer")).isEqualTo("uv 0.0.1");
      assertThat(post("/invoke", "{}").body()).isEqualTo("\"served\"");
    }
    assertThat(Files.readAllLines(calls).get(0))
        .startsWith("venv --no-config --allow-existing --python /usr/bin/python3");
    assertThat(Files.readAllLines(calls).get(1))
        .startsWith("pip install --no-config")
        .contains("--no-build", "--no-index --find-links " + wheelhouse);
  }

  @Test
  void a_failed_install_shows_the_lines_that_say_why() throws Exception {
    useWheelhouse();
    useOwnCache();
    try (var run = boot(greeting("greeting==3.0\n"))) {
      assertThat(run.exitCode()).isEqualTo(87);
      ParLog.Line failed = run.log().only("Runtime failed");
      assertThat(failed.text("error")).contains("No matching distribution found for greeting==3.0");
      assertThat(failed.text("hint")).contains("pip wheel");
    }
    assertThat(list(derived(), "python-")).isEmpty();
  }

  @Test
  void dependencies_may_be_in_pyproject_setup_or_the_manifest() throws Exception {
    useWheelhouse();
    String handler = "import greeting\ndef handler(payload):\n    return greeting.TEXT\n";
    Map<String, Apkg> sources =
        Map.of(
            "pyproject.toml",
            Apkg.named("a")
                .manifest("entrypoint: main:handler\n")
                .file(
                    "pyproject.toml",
                    "[project]\nname='a'\nversion='1'\ndependencies=['greeting>=1']\n"),
            "setup.py",
            Apkg.named("b")
                .manifest("entrypoint: main:handler\n")
                .file(
                    "setup.py",
                    "from setuptools import setup\nsetup(install_requires=['greeting>=1'])\n"),
            "agent.yaml",
            Apkg.named("c").manifest("entrypoint: main:handler\ndependencies: [greeting>=1]\n"));
    for (var source : sources.entrySet()) {
      try (var run = ready(source.getValue().file("main.py", handler))) {
        assertThat(run.log().only("Dependencies installed").text("source"))
            .isEqualTo(source.getKey());
        assertThat(post("/invoke", "{}").body()).isEqualTo("\"two\"");
      }
    }
  }

  @Test
  void a_package_without_bytecode_is_compiled_once_and_the_agent_only_reads_it() throws Exception {
    useOwnCache();
    Apkg agent =
        Apkg.named("greeter")
            .manifest("entrypoint: main:handler\n")
            .file("util.py", "X = 1\n")
            .file(
                "main.py",
                "import util\ndef handler(payload):\n    return [util.__cached__, util.__file__]\n");
    for (int boot = 0; boot < 2; boot++) {
      try (var run = ready(agent)) {
        assertThat(post("/invoke", "{}").body()).contains("/v1/derived/bytecode-", "__pycache__");
        assertThat(run.log().lines("Runtime failed")).isEmpty();
      }
    }
    List<String> compiled =
        list(derived(), "bytecode-").stream().filter(name -> !name.contains(".")).toList();
    assertThat(compiled).hasSize(1);
    Path made = derived().resolve(compiled.get(0));
    assertThat(list(made.resolve("__pycache__"), "util.cpython-")).hasSize(1);
    assertThat(Files.getPosixFilePermissions(made.resolve("__pycache__")).toString())
        .doesNotContain("WRITE");
  }

  @Test
  void a_python_that_the_image_lacks_is_named_with_what_is_there() {
    try (var run =
        boot(
            Apkg.named("greeter")
                .manifest("runtime: python3.99\nentrypoint: main:handler\n")
                .file("main.py", ""))) {
      assertThat(run.exitCode()).isEqualTo(87);
      assertThat(run.log().only("Runtime failed").text("error"))
          .contains("needs Python 3.99", "/usr/bin/python3");
    }
  }

  // Helpers.

  private static Apkg greeting(String requirements) {
    return Apkg.named("greeter")
        .manifest("entrypoint: main:handler\n")
        .file("requirements.txt", requirements)
        .file("main.py", "import greeting\n\ndef handler(payload):\n    return greeting.TEXT\n");
  }

  private void useWheelhouse() {
    environment.put("WHEELHOUSE_DIR", wheelhouse.toString());
  }

  private void useOwnCache() {
    environment.put("PAR_CACHE_DIR", directory.resolve("cache").toString());
  }

  private Path derived() {
    return Path.of(environment.get("PAR_CACHE_DIR"), "v1", "derived");
  }

  private LocalBoot ready(Apkg agent) {
    return LocalBoot.ready(environmentOf(agent));
  }

  private LocalBoot boot(Apkg agent) {
    return LocalBoot.start(environmentOf(agent));
  }

  private Map<String, String> environmentOf(Apkg agent) {
    return LocalBoot.with(agent, directory, environment);
  }

  private static List<String> list(Path folder, String part) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.contains(part)).toList();
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)));
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + environment.get("REST_PORT") + path);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    // uvicorn 0.17, the version in Debian 12, refuses the upgrade to HTTP/2 that Java offers by
    // default.
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(request.build(), BodyHandlers.ofString());
  }

  /**
   * Calls a method of the agent with the real gRPC client, and returns the bytes of its answer as
   * text.
   */
  private String grpc(String method, String request) throws Exception {
    String client =
        "import grpc, sys\nchannel = grpc.insecure_channel('127.0.0.1:%s')\n"
                .formatted(environment.get("A2A_PORT"))
            + "call = channel.unary_unary('/pixell.agent.AgentService/%s')\n".formatted(method)
            + "print(call(b'%s', timeout=30))\n".formatted(request);
    Process process =
        new ProcessBuilder(SYSTEM_PYTHON.toString(), "-c", client)
            .redirectErrorStream(true)
            .start();
    return OutputLines.readAll(process);
  }

  /** Writes a wheel, which is a zip, with one module. */
  private static void wheel(Path directory, String name, String version, String code)
      throws IOException {
    String info = name + "-" + version + ".dist-info/";
    var files = new TreeMap<String, String>();
    files.put(name + "/__init__.py", code);
    files.put(
        info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
    files.put(
        info + "WHEEL",
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    var record = new StringBuilder();
    files.keySet().forEach(file -> record.append(file).append(",,\n"));
    files.put(info + "RECORD", record + info + "RECORD,,\n");
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (var file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    Files.write(directory.resolve(name + "-" + version + "-py3-none-any.whl"), bytes.toByteArray());
  }
}
