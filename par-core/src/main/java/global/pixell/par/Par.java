package global.pixell.par;

/** The door of PAR. */
public final class Par implements AutoCloseable {
  Par() {}

  /** Stops what is in flight. */
  @Override
  public void close() {}
}
