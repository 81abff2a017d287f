package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.download.partial.JournalFormat;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Downloads that continue what an earlier process received. */
class DownloadResumeTest extends DownloadTestCase {

  @Test
  void bytes_of_an_earlier_process_are_not_fetched_again() throws Exception {
    put(content);
    leavePartialDownload();
    int before = s3.requests().size();

    Download.Downloaded result = download();

    assertSaved(content);
    assertThat(s3.requests().stream().skip(before).mapToLong(RecordedRequest::bytes).sum())
        .isEqualTo(content.length - (long) connections * LEFT);
    assertThat(result.verifiedBy()).isEqualTo("length+crc64nvme");
    assertThat(partials().directory()).isEmptyDirectory();
  }

  @Test
  void bytes_of_an_object_that_has_changed_since_are_discarded() throws Exception {
    put(content);
    leavePartialDownload();
    byte[] other = noise(content.length + 1);
    put(other);

    Download.Downloaded result = download();

    assertSaved(other);
    assertThat(result.attempts()).isEqualTo(1);
  }

  @Test
  void damaged_bytes_of_an_earlier_process_cost_one_more_download_and_no_failure()
      throws Exception {
    put(content);
    leavePartialDownload();
    damagePartialDownload();

    download();

    assertSaved(content);
    assertThat(events)
        .filteredOn(e -> e instanceof ParEvent.Warned)
        .singleElement()
        .asString()
        .contains("An earlier process downloaded a part of it.");
  }

  @Test
  void attempts_that_continued_damaged_bytes_count() throws Exception {
    connections = 1;
    put(content);
    leavePartialDownload();
    damagePartialDownload();
    attempts = 2;
    s3.onGet(KEY).inject(Fault.truncateAt(2000));
    s3.onGet(KEY).after(1).inject(Fault.truncateAt(2000));

    assertThat(refused()).hasMessageContaining("Gave up after 2 attempts");
  }

  /**
   * When file locks are not shared between hosts, another host takes a download that seems
   * abandoned.
   */
  @Test
  void a_download_that_another_host_claimed_continues_in_a_new_file() throws Exception {
    put(content);
    Path taken = directory.resolve("taken");

    Download.Downloaded result =
        run(
            Optional.empty(),
            Optional.of(
                file -> {
                  if (!Files.exists(taken)) {
                    Files.move(AtomicFiles.parentOf(file.file()), taken);
                  }
                }));

    assertSaved(content);
    assertThat(result.attempts()).isEqualTo(2);
    assertThat(taken).isNotEmptyDirectory();
  }

  @Test
  void a_resume_that_is_refused_leaves_no_file_open() throws Exception {
    put(content);
    leavePartialDownload();
    maxBytes = content.length - 1L;

    assertThat(refused().kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);

    s3.close();
    awaitNoThreads();
    assertThat(openFiles()).isEmpty();
  }

  /**
   * Stops a download after every connection has delivered bytes and the journal has recorded all of
   * them, so that no bytes are in transit.
   */
  private void leavePartialDownload() throws Exception {
    s3.onGet(KEY).always().inject(Fault.stallAt(LEFT));
    FutureTask<ParException> working = start(this::refused);
    while (journaledBytes() < (long) connections * LEFT) {
      Thread.sleep(5);
    }
    Objects.requireNonNull(running).cancel();
    assertThat(working.get(30, TimeUnit.SECONDS).kind()).isEqualTo(ParException.Kind.CANCELLED);
    s3.resetFaults();
    events.clear();
  }

  private void damagePartialDownload() throws IOException {
    for (Path folder : AtomicFiles.list(partials().directory(), "*")) {
      try (var bytes = FileChannel.open(PartialDownload.data(folder), StandardOpenOption.WRITE)) {
        bytes.write(ByteBuffer.wrap(new byte[100]), 0);
      }
    }
  }

  private long journaledBytes() throws IOException {
    for (Path folder : AtomicFiles.list(partials().directory(), "*")) {
      Path journal = PartialDownload.journal(folder);
      String notes = Files.exists(journal) ? Files.readString(journal) : "";
      return JournalFormat.read(notes, source().address()).stream()
          .flatMap(held -> held.present().stream())
          .mapToLong(ByteRange::length)
          .sum();
    }
    return 0;
  }

  /** The files below the test's folder that this process has open, if the system reports them. */
  private List<Path> openFiles() throws IOException {
    Path all = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(all), "the system does not report open files");
    var open = new ArrayList<Path>();
    try (var links = Files.newDirectoryStream(all)) {
      for (Path link : links) {
        try {
          open.add(Files.readSymbolicLink(link));
        } catch (NoSuchFileException e) {
          // The file was closed meanwhile.
        }
      }
    }
    open.removeIf(file -> !file.startsWith(directory));
    return open;
  }
}
