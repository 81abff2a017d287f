package global.pixell.par.internal.remote;

import global.pixell.par.ParException;

/**
 * Turns an error response into a failure, by the {@link S3ErrorTable}: for requests through the SDK
 * and for presigned addresses alike.
 */
public final class S3ErrorClassifier {
  private S3ErrorClassifier() {}

  /** The failure that an error response means. */
  public static FetchFailure failure(RequestContext request, ErrorResponse response) {
    S3ErrorTable.Row row = S3ErrorTable.find(request, response);
    var text = new S3ErrorText(request, response);
    String sentence =
        request.describe()
            + " failed: "
            + text.fill(row.sentence())
            + " (HTTP "
            + response.status()
            + (response.code().isEmpty() ? "" : " " + response.code())
            + response.requestId().map(id -> ", request " + id).orElse("")
            + ").";
    return FetchFailure.of(
        row.retryability(),
        new ParException(row.kind(), sentence, text.fill(row.hint())),
        response.retryAfter());
  }
}
