package global.pixell.par.testkit.internal.control.http;

/** Who may use the control API. */
public enum ControlAccess {
  /** Programs on this host, addressed as localhost; the default. */
  LOCAL,
  /** Everybody who reaches the port. */
  ANY,
  /** Nobody. */
  OFF
}
