package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.failure.LaunchException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds programs, and checks that the kernel can start them. PAR checks this before the start,
 * because the kernel reports most reasons with the same "No such file or directory".
 */
public final class Executable {

  /** The values of ELF's {@code e_machine}, by the names of architectures. */
  private static final Map<String, Integer> MACHINES =
      Map.of("amd64", 62, "x86_64", 62, "arm64", 183, "aarch64", 183);

  private static final Pattern ENV_LINE =
      Pattern.compile("#! ?(?:/usr)?/bin/env(?:[ \t]+-S)?[ \t]+([\\w.+-]+)(?:\\s.*)?");

  private static final int HEAD = 4096;
  private static final int PT_INTERP = 3;

  private Executable() {}

  /**
   * A file of the package.
   *
   * @param name relative to the tree
   * @param tree the package
   * @return its path
   */
  public static Path inPackage(String name, Path tree) {
    Path file = tree.resolve(name).normalize();
    if (!file.startsWith(tree) || !Files.isRegularFile(file)) {
      throw LaunchException.agentFailed(
          "The entrypoint '" + name + "' is not a file of the package.",
          "Name a file inside the package.");
    }
    return file;
  }

  /**
   * Finds the program that a word names: first in the package, then as an absolute path, then on
   * PATH.
   *
   * @param name the first word of a command
   * @param tree the package
   * @param path folders, separated as in PATH
   * @return a program that the kernel can start
   * @throws LaunchException if there is none; its message says why
   */
  public static Path find(String name, Path tree, String path) {
    Path own = tree.resolve(name).normalize();
    Optional<Path> found = Optional.empty();
    if (own.startsWith(tree) && Files.isRegularFile(own)) {
      found = Optional.of(own);
    } else if (name.startsWith("/") && Files.exists(Path.of(name))) {
      found = Optional.of(Path.of(name));
    }
    if (found.isEmpty() && name.contains("/") && !name.startsWith("/")) {
      throw LaunchException.agentFailed(
          "The program '" + name + "' is not a file of the package.",
          "Add it to the package; par-testkit pack says what it left out.");
    }
    Path program =
        found
            .or(() -> onPath(name, path))
            .orElseThrow(
                () ->
                    LaunchException.agentFailed(
                        "The program '"
                            + name
                            + "' is neither in the package nor on PATH "
                            + path
                            + ".",
                        "Add it to the package or to the image."));
    requireStartable(program, hostPlatform());
    requireEnvInterpreter(program, path);
    return program;
  }

  /**
   * The first executable of this name.
   *
   * @param name a name without a slash; the result is empty for one with a slash
   * @param path folders, separated as in PATH
   * @return its path
   */
  public static Optional<Path> onPath(String name, String path) {
    if (name.contains("/")) {
      return Optional.empty();
    }
    return Stream.of(path.split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /**
   * The platform that this JVM runs on.
   *
   * @return such as {@code linux/arm64}
   */
  public static String hostPlatform() {
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return "linux/" + (arch.equals("aarch64") ? "arm64" : arch);
  }

  /**
   * Refuses a file that cannot be started.
   *
   * @param file the program
   * @param platform the platform that it will run on, such as {@code linux/amd64}
   * @throws LaunchException if it cannot be started; its message says why
   */
  public static void requireStartable(Path file, String platform) {
    if (!Files.isRegularFile(file)) {
      throw LaunchException.agentFailed(
          "'" + file + "' is not a file.", "Name a program, not a directory.");
    }
    try {
      requirePermission(file);
      byte[] head = head(file);
      if (head.length > 4
          && head[0] == 0x7f
          && head[1] == 'E'
          && head[2] == 'L'
          && head[3] == 'F') {
        requireElf(file, head, platform);
      } else if (head.length > 2 && head[0] == '#' && head[1] == '!') {
        requireInterpreter(file, head);
      } else {
        throw LaunchException.agentFailed(
            "'" + file + "' is neither a program of Linux nor a script with a #! line.",
            "Begin it with a line like #!/usr/bin/env python3, or start it by its interpreter.");
      }
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          "'" + file + "' cannot be read: " + e + ".", "Check its permissions.", e);
    }
  }

  /** Whether a native library was built for another machine than the platform's. */
  public static boolean isForeign(Path library, String platform) throws IOException {
    byte[] head = head(library);
    Integer wanted = MACHINES.get(platform.substring(platform.indexOf('/') + 1));
    if (wanted == null || head.length < 20 || head[0] != 0x7f || head[1] != 'E') {
      return false;
    }
    var elf = ByteBuffer.wrap(head);
    elf.order(head[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    return (elf.getShort(18) & 0xffff) != wanted;
  }

  private static void requirePermission(Path file) throws IOException {
    if (Files.isExecutable(file)) {
      return;
    }
    boolean bit =
        Files.getPosixFilePermissions(file).stream()
            .anyMatch(
                p ->
                    p == PosixFilePermission.OWNER_EXECUTE
                        || p == PosixFilePermission.GROUP_EXECUTE
                        || p == PosixFilePermission.OTHERS_EXECUTE);
    throw bit
        ? LaunchException.agentFailed(
            "'" + file + "' may not be executed, although it has an x bit.",
            "Check who owns it, and that its file system is not mounted with noexec.")
        : LaunchException.agentFailed(
            "'" + file.getFileName() + "' of the package is not executable.",
            "Pack it with its x bit (chmod +x), or start it by its interpreter.");
  }

  private static byte[] head(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      var buffer = ByteBuffer.allocate(HEAD);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // Reads until the buffer is full or the file ends.
      }
      byte[] bytes = new byte[buffer.position()];
      buffer.flip().get(bytes);
      return bytes;
    }
  }

  private static void requireElf(Path file, byte[] head, String platform) {
    if (head.length < 64) {
      throw LaunchException.agentFailed(
          "'" + file + "' is a program that was cut off.", "Build it again.");
    }
    var elf = ByteBuffer.wrap(head);
    elf.order(head[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int machine = elf.getShort(18) & 0xffff;
    String arch = platform.substring(platform.indexOf('/') + 1);
    Integer wanted = MACHINES.get(arch);
    if (wanted != null && wanted != machine) {
      throw LaunchException.agentFailed(
          "'"
              + file.getFileName()
              + "' is a program for "
              + machineName(machine)
              + ", and this is "
              + platform
              + ".",
          "Build it for " + platform + ".");
    }
    if (platform.equals(hostPlatform())) {
      elfInterpreter(elf, head)
          .filter(loader -> !Files.exists(Path.of(loader)))
          .ifPresent(
              loader -> {
                throw LaunchException.agentFailed(
                    "'"
                        + file.getFileName()
                        + "' needs the loader "
                        + loader
                        + ", which is absent.",
                    loader.contains("musl")
                        ? "It was built on Alpine: build it for glibc, or link it statically."
                        : "Build it for this image's C library, or link it statically.");
              });
    }
  }

  private static String machineName(int machine) {
    return MACHINES.entrySet().stream()
        .filter(entry -> entry.getValue() == machine)
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .orElse("another machine (ELF " + machine + ")");
  }

  /**
   * The loader of a dynamically linked program; empty if its name is not within the first bytes.
   */
  private static Optional<String> elfInterpreter(ByteBuffer elf, byte[] head) {
    boolean wide = head[4] == 2;
    long table = wide ? elf.getLong(32) : elf.getInt(28);
    int size = elf.getShort(wide ? 54 : 42);
    int count = elf.getShort(wide ? 56 : 44);
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * size;
      if (at < 0 || at + size > head.length || size < (wide ? 56 : 32)) {
        return Optional.empty();
      }
      int entry = (int) at;
      if (elf.getInt(entry) == PT_INTERP) {
        long offset = wide ? elf.getLong(entry + 8) : elf.getInt(entry + 4);
        long length = wide ? elf.getLong(entry + 32) : elf.getInt(entry + 16);
        if (offset < 0 || length < 2 || length > HEAD || offset + length > head.length) {
          return Optional.empty();
        }
        return Optional.of(
            new String(head, (int) offset, (int) length - 1, StandardCharsets.UTF_8));
      }
    }
    return Optional.empty();
  }

  /**
   * Checks NAME of a first line like {@code #!/usr/bin/env NAME}, because the kernel checks only
   * env.
   */
  private static void requireEnvInterpreter(Path file, String path) {
    String line;
    try {
      line = new String(head(file), StandardCharsets.ISO_8859_1).split("\n", 2)[0];
    } catch (IOException e) {
      return;
    }
    Matcher env = ENV_LINE.matcher(line);
    if (env.matches() && onPath(env.group(1), path).isEmpty()) {
      throw LaunchException.agentFailed(
          "'"
              + file.getFileName()
              + "' needs the interpreter "
              + env.group(1)
              + ", which is not on PATH "
              + path
              + ".",
          "Install it, or name the interpreter that this image has.");
    }
  }

  private static void requireInterpreter(Path file, byte[] head) {
    String line = new String(head, StandardCharsets.ISO_8859_1).split("\n", 2)[0];
    if (line.endsWith("\r")) {
      throw LaunchException.agentFailed(
          "The first line of '"
              + file.getFileName()
              + "' ends with a carriage return, so the kernel looks for '"
              + line.substring(2).strip()
              + "\\r'.",
          "Save it with Unix line ends (dos2unix, or git config core.autocrlf input).");
    }
    String interpreter = line.substring(2).strip().split("[ \t]", 2)[0];
    if (interpreter.startsWith("/")
        && !Files.exists(Path.of(interpreter), LinkOption.NOFOLLOW_LINKS)) {
      throw LaunchException.agentFailed(
          "'"
              + file.getFileName()
              + "' needs the interpreter "
              + interpreter
              + ", which is not in this image.",
          "Install it, or begin the file with #!/usr/bin/env and its name.");
    }
  }
}
