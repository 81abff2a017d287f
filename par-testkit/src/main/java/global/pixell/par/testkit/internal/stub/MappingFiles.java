package global.pixell.par.testkit.internal.stub;

import com.github.tomakehurst.wiremock.common.Json;
import com.github.tomakehurst.wiremock.common.JsonException;
import com.github.tomakehurst.wiremock.common.filemaker.FilenameMaker;
import com.github.tomakehurst.wiremock.core.Admin;
import com.github.tomakehurst.wiremock.standalone.MappingsSource;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import com.github.tomakehurst.wiremock.stubbing.StubMappingCollection;
import com.github.tomakehurst.wiremock.stubbing.StubMappings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The mapping files of a directory. Unlike WireMock's own source, it reads a file again when it has
 * changed, and then replaces the stubs of this file only: stubs that code added stay.
 */
final class MappingFiles implements MappingsSource {

  /** How the file looked when it was read, and its stubs. */
  private record Loaded(String stamp, List<UUID> ids) {}

  private final Path mappings;
  private final FilenameMaker names = new FilenameMaker();
  private final Map<Path, Loaded> files = new TreeMap<>();

  MappingFiles(Path directory) {
    mappings = directory.resolve("mappings");
  }

  /**
   * Reads all files.
   *
   * @throws InvalidStubsException naming the first invalid file
   */
  @Override
  public synchronized void loadMappingsInto(StubMappings target) {
    files.clear();
    for (Map.Entry<Path, String> file : stamps().entrySet()) {
      List<StubMapping> stubs = read(file.getKey());
      stubs.forEach(target::addMapping);
      loaded(file.getKey(), file.getValue(), stubs);
    }
  }

  /**
   * Reads the files that have changed since they were read. The stubs of a file that is invalid now
   * stay as they were.
   *
   * @param notes called with a sentence about each changed file
   */
  synchronized void reload(Admin server, Consumer<String> notes) {
    Map<Path, String> present = stamps();
    for (Map.Entry<Path, String> file : present.entrySet()) {
      Optional<Loaded> before = Optional.ofNullable(files.get(file.getKey()));
      if (!before.map(Loaded::stamp).equals(Optional.of(file.getValue()))) {
        replace(server, file.getKey(), file.getValue(), before, notes);
      }
    }
    for (Path gone : List.copyOf(files.keySet())) {
      if (!present.containsKey(gone)) {
        Loaded before = files.remove(gone);
        if (before != null) {
          before.ids().forEach(server::removeStubMapping);
          notes.accept("stubs: " + name(gone) + " is gone, and its stubs with it");
        }
      }
    }
  }

  private void replace(
      Admin server, Path file, String stamp, Optional<Loaded> before, Consumer<String> notes) {
    List<UUID> old = before.map(Loaded::ids).orElse(List.of());
    List<StubMapping> stubs;
    try {
      stubs = read(file);
    } catch (InvalidStubsException e) {
      notes.accept("stubs: " + e.getMessage() + (old.isEmpty() ? "" : "; its old stubs stay"));
      files.put(file, new Loaded(stamp, old));
      return;
    }
    for (StubMapping stub : stubs) {
      if (old.contains(stub.getId())) {
        server.editStubMapping(stub);
      } else {
        server.addStubMapping(stub);
      }
    }
    loaded(file, stamp, stubs);
    List<UUID> ids = stubs.stream().map(StubMapping::getId).toList();
    old.stream().filter(id -> !ids.contains(id)).forEach(server::removeStubMapping);
    notes.accept("stubs: " + name(file) + " read again");
  }

  private void loaded(Path file, String stamp, List<StubMapping> stubs) {
    files.put(file, new Loaded(stamp, stubs.stream().map(StubMapping::getId).toList()));
  }

  private String name(Path file) {
    return mappings.relativize(file).toString();
  }

  private List<StubMapping> read(Path file) {
    try {
      // A file whose last line is being written is invalid, so it is read again when it is whole.
      StubMappingCollection read = Json.read(Files.readString(file), StubMappingCollection.class);
      List<StubMapping> stubs = new ArrayList<>(read.getMappingOrMappings());
      stubs.forEach(stub -> stub.setDirty(false));
      return stubs;
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException | JsonException e) {
      throw new InvalidStubsException(
          "the mapping file " + file + " is invalid: " + sentence(e), e);
    }
  }

  private static String sentence(Exception e) {
    return e instanceof JsonException json
        ? String.valueOf(json.getErrors().first().getDetail()).lines().findFirst().orElse("no JSON")
        : String.valueOf(e.getMessage());
  }

  /** The mapping files, each with what changes when it is edited. */
  private Map<Path, String> stamps() {
    var stamps = new TreeMap<Path, String>();
    if (!Files.isDirectory(mappings)) {
      return stamps;
    }
    try (Stream<Path> all = Files.walk(mappings)) {
      all.filter(file -> file.toString().endsWith(".json"))
          .forEach(file -> stamp(file).ifPresent(stamp -> stamps.put(file, stamp)));
    } catch (IOException e) {
      throw new UncheckedIOException("the directory " + mappings + " cannot be read", e);
    }
    return stamps;
  }

  private static Optional<String> stamp(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(attributes.size() + " " + attributes.lastModifiedTime())
          : Optional.empty();
    } catch (IOException e) {
      // The file vanished after it was listed.
      return Optional.empty();
    }
  }

  @Override
  public void save(List<StubMapping> stubs) {
    stubs.forEach(this::save);
  }

  /** Writes a stub to its file, or to a new one. */
  @Override
  public synchronized void save(StubMapping stub) {
    Path file = fileOf(stub.getId()).orElseGet(() -> mappings.resolve(names.filenameFor(stub)));
    try {
      Files.createDirectories(mappings);
      Files.writeString(file, StubMapping.buildJsonStringFor(stub) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("the mapping file " + file + " cannot be written", e);
    }
    stub.setDirty(false);
    stamp(file).ifPresent(stamp -> loaded(file, stamp, List.of(stub)));
  }

  @Override
  @SuppressWarnings("removal") // WireMock still calls it.
  public void remove(StubMapping stub) {
    remove(stub.getId());
  }

  @Override
  public synchronized void remove(UUID id) {
    fileOf(id).ifPresent(this::delete);
  }

  @Override
  public synchronized void removeAll() {
    List.copyOf(files.keySet()).forEach(this::delete);
  }

  private void delete(Path file) {
    try {
      Files.deleteIfExists(file);
      files.remove(file);
    } catch (IOException e) {
      throw new UncheckedIOException("the mapping file " + file + " cannot be deleted", e);
    }
  }

  /** The file that has this stub and no other one. */
  private Optional<Path> fileOf(UUID id) {
    return files.entrySet().stream()
        .filter(file -> file.getValue().ids().equals(List.of(id)))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
