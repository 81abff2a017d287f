package global.pixell.par.internal.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TestZip.Descriptor;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutations of valid archives, always the same ones. Each must lead to a tree or to {@code
 * BAD_PACKAGE}, quickly, with little memory, and without a file outside the staging folder. An
 * accepted archive must have the content that the JDK reads from the same bytes.
 *
 * <p>{@code -Dpar.fuzz.mutations=N} (default 15,000) and {@code -Dpar.fuzz.seed=N} (default 1) for
 * a longer soak. A failure names the mutation's number and its bytes in hex.
 */
class ArchiveFuzzTest {

  private static final int MUTATIONS = Integer.getInteger("par.fuzz.mutations", 15_000);
  private static final long SEED = Long.getLong("par.fuzz.seed", 1);

  /**
   * One of this many archives is also unpacked, because that takes ten times as long as a check.
   */
  private static final int UNPACKED_EACH = 4;

  /** A file system in memory, if the machine has one: a disk is another ten times slower. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private static final UnpackLimits LIMITS = new UnpackLimits(1 << 20, 200);

  /** Far more than an archive of 2 KB needs, and far less than a forged length could request. */
  private static final long MAX_ALLOCATED = 4 << 20;

  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final Path folder;

  ArchiveFuzzTest(@TempDir Path folder) throws IOException {
    this.folder =
        Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "par-fuzz-") : folder;
  }

  @AfterEach
  void leaveNothing() throws IOException {
    AtomicFiles.deleteTree(folder);
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void everyMutationEndsInATreeOrARefusal() throws IOException {
    List<byte[]> seeds = seeds();
    SplittableRandom random = new SplittableRandom(SEED);
    int accepted = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] archive = mutate(seeds, random);
      try {
        ParException verdict = check(archive);
        if (verdict == null) {
          accepted++;
        }
        if (i % UNPACKED_EACH == 0) {
          unpack(archive, verdict);
        }
      } catch (Throwable e) {
        fail("mutation " + i + " of seed " + SEED + ": " + HexFormat.of().formatHex(archive), e);
      }
    }
    // The fuzzer is useless if no archive is accepted, or if nearly all are.
    assertThat(accepted).isBetween(MUTATIONS / 1000, MUTATIONS / 2);
  }

  private static @Nullable ParException check(byte[] archive) {
    return refusal(() -> TestUnpack.check(TestZip.archive(archive), LIMITS));
  }

  /** The refusal of an archive, which must come quickly and with little memory. */
  private static @Nullable ParException refusal(Runnable reading) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    ParException verdict = null;
    try {
      reading.run();
    } catch (ParException e) {
      verdict = e;
    }
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    assertThat(System.nanoTime() - start).isLessThan(MAX_NANOS);
    assertThat(allocated).isLessThan(MAX_ALLOCATED);
    if (verdict != null) {
      assertThat(verdict.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    }
    return verdict;
  }

  private void unpack(byte[] archive, @Nullable ParException verdict) throws IOException {
    Path staging = Files.createDirectories(folder.resolve("outer/staging"));
    var tree = new AtomicReference<UnpackSummary>();
    // Run in this thread, because its allocations are counted.
    ParException refusal =
        refusal(
            () ->
                tree.set(
                    TestUnpack.unpack(TestZip.archive(archive), staging, LIMITS, 1, () -> false)));
    assertThat(refusal == null)
        .as("check: %s, unpack: %s", verdict, refusal)
        .isEqualTo(verdict == null);
    if (refusal == null) {
      try (Stream<Path> files = Files.walk(staging)) {
        assertThat(files.filter(Files::isRegularFile).count())
            .isEqualTo(Objects.requireNonNull(tree.get()).files());
      }
      compareWithTheJdk(archive, staging);
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        assertThat(Files.isSymbolicLink(path)).isFalse();
        assertThat(
                Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
            .isTrue();
        if (path.startsWith(staging)) {
          Files.delete(path);
        } else {
          assertThat(folder.resolve("outer").startsWith(path)).as("%s is outside", path).isTrue();
        }
      }
    }
  }

  private static void compareWithTheJdk(byte[] archive, Path staging) throws IOException {
    Path file = Files.createTempFile("fuzz", ".zip");
    try {
      Files.write(file, archive);
      try (ZipFile zip = new ZipFile(file.toFile())) {
        for (ZipEntry entry : Collections.list(zip.entries())) {
          Path path = staging.resolve(entry.getName());
          boolean debris =
              entry.getName().startsWith("__MACOSX/") || entry.getName().endsWith(".DS_Store");
          if (!entry.isDirectory() && !debris) {
            assertThat(path).hasBinaryContent(zip.getInputStream(entry).readAllBytes());
          }
        }
      }
    } catch (ZipException stricter) {
      // The JDK refuses some extra fields that PAR ignores.
    } finally {
      Files.delete(file);
    }
  }

  private static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(
        TestZip.of()
            .folder("src/", e -> e.method = 8)
            .file("agent.yaml", "name: greeter\nversion: 1\n")
            .file("src/main.py", "print('hello')\n".repeat(20))
            .file("src/__init__.py", "")
            .bytes());
    seeds.add(
        TestZip.of()
            .file("stored", "plain plain plain", e -> e.stored())
            .file("run.sh", "#!/bin/sh\n", e -> e.mode(0100755))
            .file("__MACOSX/._x", "junk")
            .lie(z -> z.comment = TestZip.utf8("a comment"))
            .bytes());
    TestZip forms = TestZip.of();
    for (Descriptor form : Descriptor.values()) {
      forms.file(form + ".txt", form + " ".repeat(30), e -> e.descriptor = form);
    }
    seeds.add(forms.bytes());
    seeds.add(
        TestZip.of()
            .file(
                "wide",
                "zip64",
                e -> {
                  e.centralZip64 = true;
                  e.localZip64 = true;
                })
            .file("a/b/c/d", "deep", e -> e.localExtra = TestZip.extra(0x5455, new byte[9]))
            .file("caf\u00e9/\u65e5\u672c.txt", "names", e -> e.flags = 0x800)
            .lie(z -> z.zip64 = true)
            .bytes());
    ByteArrayOutputStream fromJdk = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(fromJdk)) {
      for (String name : List.of("META-INF/", "META-INF/MANIFEST.MF", "A.class")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.endsWith("/") ? new byte[0] : TestZip.utf8(name.repeat(9)));
        zip.closeEntry();
      }
    }
    seeds.add(fromJdk.toByteArray());
    for (byte[] seed : seeds) {
      TestUnpack.check(TestZip.archive(seed), LIMITS);
    }
    return seeds;
  }

  private static byte[] mutate(List<byte[]> seeds, SplittableRandom random) {
    byte[] archive = seeds.get(random.nextInt(seeds.size())).clone();
    int steps = 1 + random.nextInt(3);
    for (int step = 0; step < steps && archive.length > 0; step++) {
      archive = mutateOnce(archive, seeds, random);
    }
    return archive;
  }

  private static byte[] mutateOnce(byte[] archive, List<byte[]> seeds, SplittableRandom random) {
    int at = random.nextInt(archive.length);
    switch (random.nextInt(10)) {
      case 0 -> archive[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> archive[at] = (byte) random.nextInt(256);
      case 2, 3, 4 -> writeNumber(archive, headerField(archive, random), random);
      case 5 -> writeNumber(archive, at, random);
      case 6 -> {
        return Arrays.copyOf(archive, at);
      }
      case 7 -> {
        int end = Math.min(archive.length, at + 1 + random.nextInt(64));
        return join(archive, at, new byte[0], end);
      }
      case 8 -> {
        byte[] inserted = new byte[1 + random.nextInt(64)];
        random.nextBytes(inserted);
        return join(archive, at, inserted, at);
      }
      default -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int from = random.nextInt(other.length);
        int to = Math.min(other.length, from + 1 + random.nextInt(200));
        boolean replace = random.nextBoolean();
        int end = replace ? Math.min(archive.length, at + to - from) : at;
        return join(archive, at, Arrays.copyOfRange(other, from, to), end);
      }
    }
    return archive;
  }

  private static byte[] join(byte[] archive, int head, byte[] middle, int tail) {
    return new TestZip.Out()
        .raw(Arrays.copyOf(archive, head))
        .raw(middle)
        .raw(Arrays.copyOfRange(archive, tail, archive.length))
        .bytes();
  }

  /** A position just after some signature, where the fields are. */
  private static int headerField(byte[] archive, SplittableRandom random) {
    int start = random.nextInt(archive.length);
    for (int i = 0; i < archive.length - 1; i++) {
      int at = (start + i) % (archive.length - 1);
      if (archive[at] == 'P' && archive[at + 1] == 'K') {
        return Math.min(archive.length - 1, at + 4 + random.nextInt(44));
      }
    }
    return start;
  }

  private static void writeNumber(byte[] archive, int at, SplittableRandom random) {
    long[] interesting = {
      0,
      1,
      2,
      8,
      0x7f,
      0xff,
      0x7fff,
      0xffff,
      0x7fff_ffffL,
      0xffff_ffffL,
      -1,
      Long.MIN_VALUE,
      archive.length,
      at,
      random.nextInt(64),
      random.nextLong()
    };
    long value = interesting[random.nextInt(interesting.length)];
    int length = Math.min(1 << random.nextInt(4), archive.length - at);
    byte[] eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    System.arraycopy(eight, 0, archive, at, length);
  }
}
