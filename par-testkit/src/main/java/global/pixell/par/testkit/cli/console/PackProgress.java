package global.pixell.par.testkit.cli.console;

import global.pixell.par.launcher.terminal.ProgressBar;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Draws the progress of packing on a terminal, when packing takes longer than a moment. */
public final class PackProgress implements PackageFolder.Progress, AutoCloseable {

  private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long FRAME = TimeUnit.MILLISECONDS.toNanos(100);

  private final Optional<ProgressBar> bar;
  private final LongSupplier nanoTime;
  private final long start;
  private long next;

  private PackProgress(Optional<ProgressBar> bar, LongSupplier nanoTime) {
    this.bar = bar;
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
    next = start + MOMENT;
  }

  /**
   * Draws nothing if a line of the terminal cannot be erased, or if the output is not a terminal.
   */
  public static PackProgress on(Terminal terminal) {
    return on(terminal, System::nanoTime);
  }

  public static PackProgress on(Terminal terminal, LongSupplier nanoTime) {
    return new PackProgress(
        terminal.features().inPlace()
            ? Optional.of(new ProgressBar(terminal.out()))
            : Optional.empty(),
        nanoTime);
  }

  @Override
  public void packed(long bytes, long total) {
    long now = nanoTime.getAsLong();
    if (bar.isPresent() && now - next >= 0) {
      next = now + FRAME;
      double rate = bytes / ((now - start) / 1e9);
      bar.get()
          .draw(
              ProgressBar.line(
                  bytes,
                  OptionalLong.of(total),
                  rate,
                  rate > 0
                      ? Optional.of(Duration.ofMillis((long) ((total - bytes) / rate * 1000)))
                      : Optional.empty()));
    }
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::clear);
  }
}
