package global.pixell.par.internal.remote.s3;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.ErrorResponse;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.HttpFields;
import global.pixell.par.internal.remote.Listing;
import global.pixell.par.internal.remote.MalformedResponse;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.RequestContext;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.remote.ResponseHead;
import global.pixell.par.internal.remote.S3ErrorClassifier;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.SdkHttpResponse;

/** S3, with parts of the AWS SDK: each call is one request. Thread-safe. */
public final class S3Fetcher implements AutoCloseable {

  private static final URI AWS = URI.create("https://s3.amazonaws.com");
  // 100,000 names under one prefix. The limit ends the listing of a server that always has more.
  private static final int MAX_PAGES = 100;
  // A page has up to 1,000 names of up to 1,024 bytes.
  private static final int MAX_PAGE_BYTES = 8 << 20;

  private final S3Endpoint endpoint;
  private final SignedRequests signed;
  private final S3Errors errors;
  private final Map<Thread, AbortableRequests> inFlight = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Reads the settings of this process; sends no request yet.
   *
   * @throws ParException of kind {@code CONFIG} for a setting of the SDK that it does not accept
   */
  public S3Fetcher(ParConfig config) {
    URI server = config.s3().endpoint().orElse(AWS);
    DaemonThreads.start("par-protocol", () -> findHandler(server));
    var clock = new SigningClock(Clock.systemUTC());
    errors = new S3Errors(clock);
    try {
      endpoint = S3Endpoint.of(config.s3());
      signed = new SignedRequests(endpoint, S3Credentials.of(config.s3().credentials()), clock);
    } catch (RuntimeException e) {
      throw S3Errors.badSettings(e);
    }
  }

  /**
   * Makes the JDK look for a handler of the protocol while the first request is signed. It opens
   * every jar for that before it takes its own, and remembers the result.
   */
  private static void findHandler(URI endpoint) {
    try {
      var unused = endpoint.toURL();
    } catch (MalformedURLException | IllegalArgumentException e) {
      // The first request fails for the same reason, and reports it.
    }
  }

  private RequestContext context(PackageRef.S3Object object, Action action) {
    return new RequestContext(
        object.toString(),
        object.bucket(),
        object.key(),
        action,
        endpoint.region(),
        endpoint.server(object.bucket()),
        Signer.ROLE);
  }

  /** An object as a source of bytes; sends no request yet. */
  public ObjectSource object(PackageRef.S3Object object) {
    return new S3Source(object);
  }

  /**
   * Lists every folder and key directly below a prefix, with one request for each thousand.
   *
   * @throws FetchFailure when a request fails; the next attempt lists from the start
   */
  public Listing list(String bucket, String prefix, AbortableRequests requests)
      throws FetchFailure {
    var prefixObject = new PackageRef.S3Object(bucket, prefix, Optional.empty());
    RequestContext context = context(prefixObject, Action.LIST_BUCKET);
    var folders = new ArrayList<String>();
    var keys = new ArrayList<String>();
    var query = new TreeMap<>(Map.of("list-type", "2", "delimiter", "/", "prefix", prefix));
    for (int number = 0; number < MAX_PAGES; number++) {
      ListingPage page = page(query, context, requests);
      folders.addAll(page.folders());
      keys.addAll(page.keys());
      if (!page.truncated()) {
        return new Listing(folders, keys);
      }
      // Truncated, but without a token to continue with.
      String token =
          page.nextToken()
              .filter(next -> !next.equals(query.get("continuation-token")))
              .orElseThrow(() -> S3Errors.noListing(context));
      query.put("continuation-token", token);
    }
    throw FetchFailure.permanent(
        new ParException(
            Kind.CONFIG,
            context.describe() + " failed: there are over " + MAX_PAGES * 1000 + " names.",
            "Name the package by its key, s3://bucket/key, or keep fewer versions."));
  }

  private ListingPage page(
      Map<String, String> query, RequestContext context, AbortableRequests requests)
      throws FetchFailure {
    try {
      return within(
          requests,
          () -> {
            SignedRequests.Response response =
                signed.get(context.bucket(), "", query, Map.of(), requests);
            int status = response.head().statusCode();
            if (status != 200) {
              throw errors.of(context, signed.error(response, requests));
            }
            ResponseHead.contentLength(response.head().matchingHeaders("Content-Length"));
            return ListingPage.of(response.start(MAX_PAGE_BYTES, requests));
          });
    } catch (XMLStreamException e) {
      throw S3Errors.noListing(context);
    } catch (FetchFailure e) {
      throw e;
    } catch (Exception e) {
      throw errors.of(context, e);
    }
  }

  /** Runs a call, which {@link #close} can end. */
  private <T> T within(AbortableRequests requests, Callable<T> call) throws Exception {
    inFlight.put(Thread.currentThread(), requests);
    try {
      if (closed) {
        requests.abort();
      }
      return call.call();
    } finally {
      inFlight.remove(Thread.currentThread());
    }
  }

  @Override
  public void close() {
    closed = true;
    inFlight.values().forEach(AbortableRequests::abort);
    signed.close();
  }

  private final class S3Source implements ObjectSource {
    private final PackageRef.S3Object object;
    private final RequestContext context;
    private final AbortableRequests requests = new AbortableRequests();

    S3Source(PackageRef.S3Object object) {
      this.object = object;
      this.context =
          context(
              object,
              object.versionId().isPresent() ? Action.GET_OBJECT_VERSION : Action.GET_OBJECT);
    }

    @Override
    public String address() {
      return object.toString();
    }

    @Override
    public Optional<PackageRef.S3Object> object() {
      return Optional.of(object);
    }

    @Override
    public FetchFailure broken(Exception cause) {
      return errors.of(context, cause);
    }

    @Override
    public void abort() {
      requests.abort();
    }

    @Override
    public Response get(RangeRequest wanted) throws FetchFailure {
      var fields = new TreeMap<String, String>();
      fields.put("x-amz-checksum-mode", "ENABLED");
      wanted.range().ifPresent(range -> fields.put("Range", range));
      wanted.ifMatch().ifPresent(tag -> fields.put("If-Match", HttpFields.quoted(tag)));
      wanted.ifNoneMatch().ifPresent(tag -> fields.put("If-None-Match", HttpFields.quoted(tag)));
      Map<String, String> query =
          object.versionId().map(id -> Map.of("versionId", id)).orElse(Map.of());
      try {
        return within(
            requests,
            () ->
                response(
                    signed.get(object.bucket(), object.key(), query, fields, requests), wanted));
      } catch (FetchFailure e) {
        throw e;
      } catch (Exception e) {
        throw broken(e);
      }
    }

    private Response response(SignedRequests.Response response, RangeRequest wanted)
        throws FetchFailure, MalformedResponse {
      SdkHttpResponse http = response.head();
      AbortableInputStream body = response.body();
      if (http.statusCode() == 304) {
        return Response.unchanged(wanted);
      }
      if (!http.isSuccessful()) {
        throw errors.of(context, signed.error(response, requests));
      }
      var page =
          ErrorResponse.of(
              http.statusCode(), http::firstMatchingHeader, new byte[0], Instant.now());
      if (page.isHtml()) {
        body.abort();
        throw S3ErrorClassifier.failure(context, page);
      }
      ResponseHead head;
      try {
        head = ResponseHead.of(http.statusCode(), http::matchingHeaders, wanted);
      } catch (MalformedResponse e) {
        body.abort();
        throw e;
      }
      return new Response(
          false,
          head.partial(),
          head.start(),
          head.total(),
          HttpFields.entityTag(http.firstMatchingHeader("ETag")),
          HttpFields.versionId(http.firstMatchingHeader("x-amz-version-id")),
          HttpFields.checksums(http.headers()),
          body,
          body::abort);
    }
  }
}
