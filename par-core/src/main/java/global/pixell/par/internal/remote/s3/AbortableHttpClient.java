package global.pixell.par.internal.remote.s3;

import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.MalformedResponse;
import global.pixell.par.internal.remote.ResponseHead;
import java.io.IOException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * The HTTP client of the SDK. Another thread can end a request that still waits for its response,
 * and header fields that nobody needs are left out.
 */
final class AbortableHttpClient implements SdkHttpClient {

  private final SdkHttpClient http;
  private final Supplier<AbortableRequests> current;

  /**
   * Wraps a client.
   *
   * @param current where the request of the calling thread belongs
   */
  AbortableHttpClient(SdkHttpClient http, Supplier<AbortableRequests> current) {
    this.http = http;
    this.current = current;
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest toSend) {
    boolean listing = toSend.httpRequest().rawQueryParameters().containsKey("list-type");
    return new AbortableRequest(http.prepareRequest(toSend), current.get(), listing);
  }

  @Override
  public String clientName() {
    return http.clientName();
  }

  @Override
  public void close() {
    http.close();
  }

  /**
   * One request on its way.
   *
   * @param listing whether a successful response is XML
   */
  private record AbortableRequest(
      ExecutableHttpRequest request, AbortableRequests requests, boolean listing)
      implements ExecutableHttpRequest {

    private static final Pattern FIELDS =
        Pattern.compile(
            "(?i)content-(length|range|type)|etag|date|x-amz-(version-id|request-id|id-2|checksum-.*)");

    @Override
    public HttpExecuteResponse call() throws IOException {
      HttpExecuteResponse response = requests.run(request::abort, request::call);
      if (!response.httpResponse().isSuccessful()) {
        return withText(response);
      }
      HttpExecuteResponse known = withKnownFields(response);
      return listing ? withText(known) : known;
    }

    /** Makes valid UTF-8 of a body that the SDK parses as XML. */
    private static HttpExecuteResponse withText(HttpExecuteResponse response) {
      return HttpExecuteResponse.builder()
          .response(response.httpResponse())
          .responseBody(
              response
                  .responseBody()
                  .map(body -> AbortableInputStream.create(new Utf8InputStream(body), body))
                  .orElse(null))
          .build();
    }

    /**
     * Keeps the fields that PAR reads. The SDK reads numbers and dates from a dozen others, and
     * fails when one of them is malformed.
     */
    private HttpExecuteResponse withKnownFields(HttpExecuteResponse response)
        throws MalformedResponse {
      SdkHttpResponse head = response.httpResponse();
      try {
        ResponseHead.contentLength(head.matchingHeaders("Content-Length"));
      } catch (MalformedResponse e) {
        request.abort();
        throw e;
      }
      SdkHttpResponse.Builder known = head.toBuilder();
      head.forEachHeader(
          (name, values) -> {
            if (!FIELDS.matcher(name).matches()) {
              known.removeHeader(name);
            }
          });
      return HttpExecuteResponse.builder()
          .response(known.build())
          .responseBody(response.responseBody().orElse(null))
          .build();
    }

    @Override
    public void abort() {
      request.abort();
    }
  }
}
