package global.pixell.par.testkit.internal.control;

/** A refused control request: what is wrong, and what to do instead. */
final class ControlException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String hint;

  ControlException(int status, String message, String hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }

  static ControlException badRequest(String message, String hint) {
    return new ControlException(400, message, hint);
  }

  static ControlException notFound(String message, String hint) {
    return new ControlException(404, message, hint);
  }

  int status() {
    return status;
  }

  String hint() {
    return hint;
  }
}
