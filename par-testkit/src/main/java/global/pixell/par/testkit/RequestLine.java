package global.pixell.par.testkit;

/** A request as one line, for people. */
final class RequestLine {

  private RequestLine() {}

  static String of(RecordedRequest request) {
    var line = new StringBuilder(request.operation());
    if (!request.bucket().isEmpty()) {
      line.append(' ').append(request.bucket());
    }
    if (!request.key().isEmpty()) {
      line.append('/').append(request.key());
    }
    if (!request.prefix().isEmpty()) {
      line.append(" prefix ").append(request.prefix());
    }
    if (!request.range().isEmpty()) {
      line.append(' ').append(request.range());
    }
    line.append(": ").append(request.status() == 0 ? "no answer" : request.status());
    line.append(", ").append(request.bytes()).append(" B");
    if (!request.fault().isEmpty()) {
      line.append(", fault ").append(request.fault());
    }
    return line.append(verdict(request)).toString();
  }

  private static String verdict(RecordedRequest request) {
    return request.accesses().stream()
        .filter(access -> !access.allowed())
        .findFirst()
        .map(access -> ", denied: " + access.reason())
        .orElse(request.accesses().isEmpty() ? "" : ", allowed");
  }
}
