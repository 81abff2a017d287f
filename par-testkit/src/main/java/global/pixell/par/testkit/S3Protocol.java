package global.pixell.par.testkit;

import global.pixell.par.testkit.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Requests to answers, as S3 gives them. */
final class S3Protocol {

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter XML_DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int MAX_KEYS = 1000;

  private final ObjectStore store;
  private final Faults faults;
  private final Consumer<FakeS3.Request> record;

  S3Protocol(ObjectStore store, Faults faults, Consumer<FakeS3.Request> record) {
    this.store = store;
    this.faults = faults;
    this.record = record;
  }

  /** A request with its address read. */
  private record Call(
      WireServer.Request request, String bucket, String key, Map<String, String> query) {

    static Call of(WireServer.Request request) {
      String target = request.target();
      int mark = target.indexOf('?');
      String path = mark < 0 ? target : target.substring(0, mark);
      var query = new TreeMap<String, String>();
      if (mark >= 0) {
        for (String pair : target.substring(mark + 1).split("&", -1)) {
          int equals = pair.indexOf('=');
          query.put(
              decode(equals < 0 ? pair : pair.substring(0, equals)),
              equals < 0 ? "" : decode(pair.substring(equals + 1)));
        }
      }
      String rest = path.startsWith("/") ? path.substring(1) : path;
      String host = request.header("Host").split(":", 2)[0];
      int virtual = host.indexOf(".s3.");
      if (virtual > 0 || host.endsWith(".localhost")) {
        String bucket =
            virtual > 0
                ? host.substring(0, virtual)
                : host.substring(0, host.length() - ".localhost".length());
        return new Call(request, bucket, decodePath(rest), query);
      }
      int slash = rest.indexOf('/');
      return new Call(
          request,
          decodePath(slash < 0 ? rest : rest.substring(0, slash)),
          slash < 0 ? "" : decodePath(rest.substring(slash + 1)),
          query);
    }

    private static String decode(String text) {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** In a path, a plus is a plus. */
    private static String decodePath(String text) {
      return decode(text.replace("+", "%2B"));
    }

    String operation() {
      boolean head = request.method().equals("HEAD");
      if (bucket.isEmpty()) {
        return "ListBuckets";
      }
      if (key.isEmpty()) {
        return switch (request.method()) {
          case "PUT" -> "CreateBucket";
          case "HEAD" -> "HeadBucket";
          case "GET" ->
              query.containsKey("location")
                  ? "GetBucketLocation"
                  : query.containsKey("list-type") ? "ListObjectsV2" : "ListObjects";
          default -> "Unknown";
        };
      }
      return switch (request.method()) {
        case "GET", "HEAD" -> head ? "HeadObject" : "GetObject";
        case "PUT" -> "PutObject";
        case "DELETE" -> "DeleteObject";
        default -> "Unknown";
      };
    }

    String query(String name) {
      return query.getOrDefault(name, "");
    }
  }

  void handle(WireServer.Request request, WireServer.Connection connection) throws IOException {
    Call call = Call.of(request);
    var answer = new Answer(connection, request.method().equals("HEAD"));
    try {
      answer(call, answer);
    } catch (S3Failure failure) {
      answer.fail(failure);
    } catch (IllegalArgumentException e) {
      answer.fail(new S3Failure(400, "InvalidArgument", String.valueOf(e.getMessage())));
    } finally {
      record.accept(
          new FakeS3.Request(
              call.operation(),
              call.bucket(),
              call.key(),
              request.header("Range"),
              answer.status,
              answer.bytes));
    }
  }

  private void answer(Call call, Answer answer) throws IOException, S3Failure {
    String operation = call.operation();
    if (!call.bucket().isEmpty()
        && !operation.equals("CreateBucket")
        && !store.hasBucket(call.bucket())) {
      throw S3Failure.noSuchBucket(call.bucket());
    }
    switch (operation) {
      case "ListBuckets" -> answer.xml(buckets());
      case "CreateBucket" -> {
        store.createBucket(call.bucket());
        answer.empty(200, Map.of("Location", "/" + call.bucket()));
      }
      case "HeadBucket" -> answer.empty(200, Map.of("x-amz-bucket-region", "us-east-2"));
      case "GetBucketLocation" ->
          answer.xml("<LocationConstraint" + Xml.NAMESPACE + ">us-east-2</LocationConstraint>");
      case "ListObjects", "ListObjectsV2" -> answer.xml(list(call));
      case "GetObject", "HeadObject" -> object(call, answer);
      case "PutObject" -> put(call, answer);
      case "DeleteObject" -> {
        store.delete(call.bucket(), call.key());
        answer.empty(204, Map.of());
      }
      default ->
          throw new S3Failure(
              501,
              "NotImplemented",
              "A header or query you provided requested a function that is not implemented.");
    }
  }

  private void put(Call call, Answer answer) throws IOException {
    InputStream body = call.request().body();
    if (call.request().header("x-amz-content-sha256").startsWith("STREAMING-")) {
      body = new WireServer.ChunkedBody(body);
    }
    StoredObject stored =
        store.put(call.bucket(), call.key(), body, call.request().header("Content-Type"));
    answer.empty(200, Map.of("ETag", '"' + stored.eTag() + '"'));
  }

  private void object(Call call, Answer answer) throws IOException, S3Failure {
    Optional<Fault> fault = answer.headOnly ? Optional.empty() : faults.next(call.key());
    if (fault.isPresent() && before(fault.get(), answer)) {
      return;
    }
    StoredObject object =
        store.get(call.bucket(), call.key()).orElseThrow(() -> S3Failure.noSuchKey(call.key()));
    var headers = new LinkedHashMap<String, String>();
    headers.put("ETag", '"' + object.eTag() + '"');
    headers.put("Last-Modified", HTTP_DATE.format(object.modified()));
    if (notModified(call.request(), object)) {
      answer.empty(304, headers);
      return;
    }
    long size = object.content().size();
    long from = 0;
    long to = size - 1;
    int status = 200;
    Matcher range = RANGE.matcher(call.request().header("Range"));
    if (range.matches() && !(range.group(1).isEmpty() && range.group(2).isEmpty())) {
      boolean suffix = range.group(1).isEmpty();
      from =
          suffix
              ? Math.max(0, size - Long.parseLong(range.group(2)))
              : Long.parseLong(range.group(1));
      to =
          suffix || range.group(2).isEmpty()
              ? size - 1
              : Math.min(size - 1, Long.parseLong(range.group(2)));
      if (from >= size || from > to) {
        throw new S3Failure(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
            Xml.element("RangeRequested", call.request().header("Range"))
                + Xml.element("ActualObjectSize", size));
      }
      status = 206;
      headers.put("Content-Range", "bytes " + from + "-" + to + "/" + size);
    }
    headers.put("Accept-Ranges", "bytes");
    headers.put("Content-Type", object.contentType());
    try (InputStream body = object.content().open()) {
      body.skipNBytes(from);
      answer.body(status, headers, to - from + 1, body, fault);
    }
  }

  /** Faults that come before the head. Tells whether the request is answered by that. */
  private static boolean before(Fault fault, Answer answer) throws IOException, S3Failure {
    switch (fault.kind()) {
      case SLOW_DOWN -> throw new S3Failure(503, "SlowDown", "Please reduce your request rate.");
      case INTERNAL_ERROR ->
          throw new S3Failure(
              500, "InternalError", "We encountered an internal error. Please try again.");
      case ACCESS_DENIED -> throw new S3Failure(403, "AccessDenied", "Access Denied");
      case EXPIRED_TOKEN ->
          throw new S3Failure(400, "ExpiredToken", "The provided token has expired.");
      case CLOCK_SKEW ->
          throw new S3Failure(
              403,
              "RequestTimeTooSkewed",
              "The difference between the request time and the current time is too large.");
      case UNAVAILABLE -> {
        answer.extra.put("Retry-After", String.valueOf(fault.delay().toSeconds()));
        throw new S3Failure(503, "ServiceUnavailable", "Service is unable to handle request.");
      }
      case RESET_BEFORE_HEADERS -> {
        answer.connection.reset();
        return true;
      }
      case SLOW_FIRST_BYTE -> {
        try {
          TimeUnit.MILLISECONDS.sleep(fault.delay().toMillis());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return false;
      }
      default -> {
        return false;
      }
    }
  }

  /** RFC 9110: If-Match goes before If-Unmodified-Since, If-None-Match before If-Modified-Since. */
  private static boolean notModified(WireServer.Request request, StoredObject object)
      throws S3Failure {
    String ifMatch = request.header("If-Match");
    if (!ifMatch.isEmpty() && !names(ifMatch, object.eTag())) {
      throw preconditionFailed("If-Match");
    }
    String unmodifiedSince = request.header("If-Unmodified-Since");
    if (ifMatch.isEmpty()
        && !unmodifiedSince.isEmpty()
        && object.modified().isAfter(date(unmodifiedSince).plusSeconds(1))) {
      throw preconditionFailed("If-Unmodified-Since");
    }
    String ifNoneMatch = request.header("If-None-Match");
    if (!ifNoneMatch.isEmpty()) {
      return names(ifNoneMatch, object.eTag());
    }
    String modifiedSince = request.header("If-Modified-Since");
    return !modifiedSince.isEmpty()
        && object.modified().isBefore(date(modifiedSince).plusSeconds(1));
  }

  private static boolean names(String header, String eTag) {
    return header.equals("*") || header.replace("\"", "").equals(eTag);
  }

  private static Instant date(String text) {
    return Instant.from(HTTP_DATE.parse(text));
  }

  private static S3Failure preconditionFailed(String condition) {
    return new S3Failure(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        Xml.element("Condition", condition));
  }

  private String buckets() throws IOException {
    var xml = new StringBuilder("<ListAllMyBucketsResult" + Xml.NAMESPACE + "><Buckets>");
    for (String bucket : store.buckets()) {
      xml.append("<Bucket>")
          .append(Xml.element("Name", bucket))
          .append(Xml.element("CreationDate", XML_DATE.format(Instant.EPOCH)))
          .append("</Bucket>");
    }
    return xml.append("</Buckets></ListAllMyBucketsResult>").toString();
  }

  private String list(Call call) throws IOException {
    boolean v2 = call.query().containsKey("list-type");
    boolean encoded = call.query("encoding-type").equals("url");
    String prefix = call.query("prefix");
    String delimiter = call.query("delimiter");
    int maxKeys =
        Math.min(
            MAX_KEYS,
            call.query("max-keys").isEmpty() ? MAX_KEYS : Integer.parseInt(call.query("max-keys")));
    String after = after(call, v2);
    NavigableMap<String, StoredObject> all = store.list(call.bucket(), prefix);
    var contents = new StringBuilder();
    var folders = new TreeSet<String>();
    int count = 0;
    String last = "";
    boolean truncated = false;
    for (Map.Entry<String, StoredObject> entry : all.entrySet()) {
      String key = entry.getKey();
      int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      String item = cut < 0 ? key : key.substring(0, cut + delimiter.length());
      if (key.compareTo(after) <= 0 || item.compareTo(after) <= 0 || folders.contains(item)) {
        continue;
      }
      if (count == maxKeys) {
        truncated = maxKeys > 0;
        break;
      }
      count++;
      last = item;
      if (cut >= 0) {
        folders.add(item);
      } else {
        contents.append(contents(item, entry.getValue(), encoded));
      }
    }
    var xml = new StringBuilder("<ListBucketResult" + Xml.NAMESPACE + ">");
    xml.append(Xml.element("Name", call.bucket()))
        .append(Xml.element("Prefix", encode(prefix, encoded)));
    if (v2) {
      xml.append(Xml.element("KeyCount", count));
      if (truncated) {
        xml.append(Xml.element("NextContinuationToken", token(last)));
      }
    } else {
      xml.append(Xml.element("Marker", encode(call.query("marker"), encoded)));
      if (truncated && !delimiter.isEmpty()) {
        xml.append(Xml.element("NextMarker", encode(last, encoded)));
      }
    }
    xml.append(Xml.element("MaxKeys", maxKeys));
    if (!delimiter.isEmpty()) {
      xml.append(Xml.element("Delimiter", encode(delimiter, encoded)));
    }
    if (encoded) {
      xml.append(Xml.element("EncodingType", "url"));
    }
    xml.append(Xml.element("IsTruncated", truncated)).append(contents);
    folders.forEach(
        folder ->
            xml.append("<CommonPrefixes>")
                .append(Xml.element("Prefix", encode(folder, encoded)))
                .append("</CommonPrefixes>"));
    return xml.append("</ListBucketResult>").toString();
  }

  private static String after(Call call, boolean v2) {
    if (!v2) {
      return call.query("marker");
    }
    String token = call.query("continuation-token");
    return token.isEmpty()
        ? call.query("start-after")
        : new String(HexFormat.of().parseHex(token), StandardCharsets.UTF_8);
  }

  private static String token(String last) {
    return HexFormat.of().formatHex(last.getBytes(StandardCharsets.UTF_8));
  }

  private static String contents(String key, StoredObject object, boolean encoded) {
    return "<Contents>"
        + Xml.element("Key", encode(key, encoded))
        + Xml.element("LastModified", XML_DATE.format(object.modified()))
        + "<ETag>&quot;"
        + object.eTag()
        + "&quot;</ETag>"
        + Xml.element("Size", object.content().size())
        + Xml.element("StorageClass", "STANDARD")
        + "</Contents>";
  }

  private static String encode(String text, boolean encoded) {
    return encoded ? URLEncoder.encode(text, StandardCharsets.UTF_8).replace("%2F", "/") : text;
  }

  /** One answer on its way, and what was sent of it. */
  private static final class Answer {
    private final WireServer.Connection connection;
    private final boolean headOnly;
    private final Map<String, String> extra = new LinkedHashMap<>();
    private final String requestId;
    private final String hostId;
    private int status;
    private long bytes;

    Answer(WireServer.Connection connection, boolean headOnly) {
      this.connection = connection;
      this.headOnly = headOnly;
      var random = ThreadLocalRandom.current();
      requestId = HexFormat.of().withUpperCase().toHexDigits(random.nextLong());
      hostId = HexFormat.of().toHexDigits(random.nextLong()) + "par=";
    }

    void empty(int code, Map<String, String> headers) throws IOException {
      var all = new LinkedHashMap<>(headers);
      if (code != 304 && code != 204) {
        all.put("Content-Length", "0");
      }
      head(code, all);
    }

    void xml(String xml) throws IOException {
      text(200, Xml.PROLOG + xml);
    }

    void fail(S3Failure failure) throws IOException {
      text(
          failure.status(),
          Xml.PROLOG
              + "<Error>"
              + Xml.element("Code", failure.code())
              + Xml.element("Message", String.valueOf(failure.getMessage()))
              + failure.details()
              + Xml.element("RequestId", requestId)
              + Xml.element("HostId", hostId)
              + "</Error>");
    }

    private void text(int code, String text) throws IOException {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      var headers = new LinkedHashMap<String, String>();
      headers.put("Content-Type", "application/xml");
      headers.put("Content-Length", String.valueOf(body.length));
      head(code, headers);
      if (!headOnly) {
        connection.out().write(body);
        bytes += body.length;
      }
    }

    private void head(int code, Map<String, String> headers) throws IOException {
      status = code;
      var all = new LinkedHashMap<String, String>();
      all.put("x-amz-id-2", hostId);
      all.put("x-amz-request-id", requestId);
      all.put("Date", HTTP_DATE.format(Instant.now()));
      all.put("Server", "AmazonS3");
      all.putAll(headers);
      all.putAll(extra);
      connection.head(code, reason(code), all);
    }

    void body(
        int code,
        Map<String, String> headers,
        long length,
        InputStream content,
        Optional<Fault> fault)
        throws IOException {
      headers.put("Content-Length", String.valueOf(length));
      head(code, headers);
      if (headOnly) {
        return;
      }
      long stop = fault.filter(Answer::stops).map(Fault::at).orElse(length);
      long flip = fault.filter(f -> f.kind() == Fault.Kind.FLIP).map(Fault::at).orElse(-1L);
      byte[] buffer = new byte[1 << 17];
      while (bytes < Math.min(stop, length)) {
        int n =
            content.read(buffer, 0, (int) Math.min(buffer.length, Math.min(stop, length) - bytes));
        if (n < 0) {
          break;
        }
        if (flip >= bytes && flip < bytes + n) {
          buffer[(int) (flip - bytes)] ^= 1;
        }
        connection.out().write(buffer, 0, n);
        bytes += n;
      }
      connection.out().flush();
      if (bytes < length) {
        end(fault.map(Fault::kind).orElse(Fault.Kind.TRUNCATE));
      }
    }

    private static boolean stops(Fault fault) {
      return switch (fault.kind()) {
        case RESET, TRUNCATE, STALL -> true;
        default -> false;
      };
    }

    private void end(Fault.Kind kind) throws IOException {
      if (kind == Fault.Kind.RESET) {
        connection.reset();
      } else if (kind == Fault.Kind.STALL) {
        // Until the client closes, or the server does.
        connection.socket().getInputStream().read();
        connection.socket().close();
      } else {
        connection.socket().close();
      }
    }

    private static String reason(int code) {
      return switch (code) {
        case 200 -> "OK";
        case 204 -> "No Content";
        case 206 -> "Partial Content";
        case 304 -> "Not Modified";
        case 400 -> "Bad Request";
        case 403 -> "Forbidden";
        case 404 -> "Not Found";
        case 412 -> "Precondition Failed";
        case 416 -> "Requested Range Not Satisfiable";
        case 500 -> "Internal Server Error";
        case 503 -> "Slow Down";
        default -> "Status";
      };
    }
  }
}
