package global.pixell.par.launcher.derived;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The seal of a derived directory, in two files beside it. Every boot reads the first file. The
 * second file lists the directory's content; only a comparison of the content reads it. The
 * modification time of the first file is the time of the last use.
 */
final class SealFile {

  /**
   * The content of the first file.
   *
   * @param facts the facts that the maker returned
   */
  record Contents(DirectorySeal seal, Map<String, @Nullable Object> facts) {}

  private final Path file;
  private final Path files;

  SealFile(Path place) {
    file = place.resolveSibling(place.getFileName() + ".seal");
    files = place.resolveSibling(place.getFileName() + ".files");
  }

  /** Reads the seal; empty if it is missing or unreadable. */
  Optional<Contents> read() {
    try {
      Map<String, @Nullable Object> fields = Json.read(Files.readString(file));
      var seal =
          new DirectorySeal(
              number(fields.get("files")),
              number(fields.get("bytes")),
              Digest.parse(Json.text(fields, "times").orElse("")),
              Digest.parse(Json.text(fields, "content").orElse("")));
      Map<String, @Nullable Object> facts = new LinkedHashMap<>();
      if (fields.get("facts") instanceof Map<?, ?> noted) {
        noted.forEach((name, value) -> facts.put(String.valueOf(name), value));
      }
      return Optional.of(new Contents(seal, facts));
    } catch (IOException | ParException e) {
      return Optional.empty();
    }
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }

  void write(Contents record, Path temporary) throws IOException {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("files", record.seal().files());
    fields.put("bytes", record.seal().bytes());
    fields.put("times", record.seal().times().hex());
    fields.put("content", record.seal().content().hex());
    fields.put("facts", record.facts());
    AtomicFiles.write(file, temporary, Json.write(fields).getBytes(StandardCharsets.UTF_8));
  }

  List<String> readFiles() throws IOException {
    return Files.isRegularFile(files) ? Files.readAllLines(files) : List.of();
  }

  void writeFiles(List<String> lines, Path temporary) throws IOException {
    AtomicFiles.write(
        files, temporary, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  Instant lastUsed() throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }

  void touch() {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // The file belongs to another user, or the disk is read-only. The last use of its owner
      // counts.
    }
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(files);
  }
}
