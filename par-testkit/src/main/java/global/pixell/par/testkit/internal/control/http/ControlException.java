package global.pixell.par.testkit.internal.control.http;

/** A refused control request: what is wrong, and what to do instead. */
public final class ControlException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String hint;

  public ControlException(int status, String message, String hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }

  public static ControlException badRequest(String message, String hint) {
    return new ControlException(400, message, hint);
  }

  public static ControlException notFound(String message, String hint) {
    return new ControlException(404, message, hint);
  }

  public int status() {
    return status;
  }

  public String hint() {
    return hint;
  }
}
