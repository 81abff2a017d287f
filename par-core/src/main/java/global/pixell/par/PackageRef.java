package global.pixell.par;

import global.pixell.par.internal.s3name.BucketName;
import global.pixell.par.internal.s3name.S3Host;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.internal.text.SafeText;
import global.pixell.par.internal.version.VersionRange;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The location of a package: an S3 object, a presigned address, or coordinates that PAR looks up.
 * Immutable and thread-safe.
 *
 * <p>{@link #parse} is the only way to make one, so a reference that exists is well formed. It
 * prints without its query string, because the query may contain a signature. Keys are literal:
 * {@code s3://b/a%20b} is the key {@code a%20b}.
 */
public final class PackageRef {

  /** The three forms of address. */
  public sealed interface Address permits S3Object, HttpsUrl, Coordinates {}

  /**
   * An object of a bucket.
   *
   * @param bucket the bucket's name
   * @param key the key, literally: nothing in it is decoded
   * @param versionId the version of the object; empty for the newest
   */
  public record S3Object(String bucket, String key, Optional<String> versionId) implements Address {

    /** The object as a reference spells it. */
    @Override
    public String toString() {
      return "s3://" + bucket + "/" + key + versionId.map(v -> "?versionId=" + v).orElse("");
    }
  }

  /**
   * A presigned address. It prints without its query, which may contain a signature.
   *
   * @param uri the whole address, its signature included
   * @param bucket the bucket, if the host is one of S3's own; else empty
   */
  public record HttpsUrl(URI uri, Optional<String> bucket) implements Address {
    @Override
    public String toString() {
      return SafeText.withoutQuery(uri.toString());
    }
  }

  /**
   * A name and the wanted versions of the agent.
   *
   * @param org the organization, if one is given
   * @param name the agent's name
   * @param range an exact version, {@code latest}, or a range such as {@code ^1.2}
   */
  public record Coordinates(Optional<String> org, String name, String range) implements Address {

    @Override
    public String toString() {
      return org.map(o -> o + "/").orElse("") + name + "@" + range;
    }
  }

  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
  private static final Pattern COORDINATES =
      Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9._-]*)/)?([A-Za-z0-9][A-Za-z0-9._-]*)@(.+)");
  // Parameters of both signature versions. Any other text may be part of a key.
  private static final Pattern PRESIGNED =
      Pattern.compile("[?&](?:X-Amz-|AWSAccessKeyId=)", Pattern.CASE_INSENSITIVE);
  private static final String FORMS =
      "Write s3://bucket/key[?versionId=V][#sha256=HEX], a presigned https address, or [org/]agent@version.";

  private static final String DIGEST_MARK = "#sha256=";
  private static final int MAX_SHOWN = 300;

  private final Address address;
  private final Optional<Digest> digest;

  private PackageRef(Address address, Optional<Digest> digest) {
    this.address = address;
    this.digest = digest;
  }

  /**
   * Reads a reference.
   *
   * @param text {@code s3://bucket/key[?versionId=V][#sha256=HEX]}, {@code https://…[#sha256=HEX]}
   *     or {@code [org/]agent@version|latest|range}; the scheme in any case; blanks around it do
   *     not count. A key has at most 1024 bytes in UTF-8, and the text no control characters
   * @return the reference
   * @throws ParException of kind {@code CONFIG} that names the text (without its query), the rule
   *     and the remedy
   */
  public static PackageRef parse(String text) {
    String trimmed = text.strip();
    if (trimmed.isEmpty()) {
      throw refused(trimmed, "is blank.", FORMS);
    }
    if (trimmed.chars().anyMatch(Character::isISOControl)) {
      throw refused(trimmed, "holds a control character.", FORMS);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(trimmed)) {
      throw refused(trimmed, "contains half of a character, which a key cannot.", FORMS);
    }
    Matcher scheme = SCHEME.matcher(trimmed);
    if (!scheme.matches()) {
      return coordinates(trimmed);
    }
    return switch (scheme.group(1).toLowerCase(Locale.ROOT)) {
      case "s3" -> s3(trimmed);
      case "https" -> https(trimmed);
      case "http" ->
          throw refused(
              trimmed,
              "is not encrypted, so anyone on the way could change the bytes.",
              "Use https or s3.");
      case "file" ->
          throw refused(
              trimmed, "is a local file.", "Name a local package with AGENT_PACKAGE_PATH instead.");
      case "data" ->
          throw refused(
              trimmed, "contains the data itself.", "Upload the package and name it by s3.");
      case "ftp" ->
          throw refused(trimmed, "is FTP, which PAR does not speak.", "Upload the package to S3.");
      case "javascript" ->
          throw refused(trimmed, "is a script, not a place.", "Name the package by s3 or https.");
      default -> throw refused(trimmed, "has the unknown scheme '" + scheme.group(1) + "'.", FORMS);
    };
  }

  private static PackageRef s3(String text) {
    String rest = text.substring("s3:".length());
    if (!rest.startsWith("//")) {
      throw refused(text, "lacks the two slashes after s3:.", FORMS);
    }
    rest = rest.substring(2);
    Optional<Digest> digest = digestOf(rest);
    rest = withoutDigest(rest);
    Optional<String> versionId = Optional.empty();
    int query = rest.lastIndexOf("?versionId=");
    if (query >= 0) {
      String version = rest.substring(query + "?versionId=".length());
      if (version.isEmpty() || version.contains("&")) {
        throw refused(
            text, "has an unreadable versionId.", "Write ?versionId=V and nothing after.");
      }
      versionId = Optional.of(version);
      rest = rest.substring(0, query);
    }
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    String key = slash < 0 ? "" : rest.substring(slash + 1);
    if (PRESIGNED.matcher(key).find()) {
      throw refused(
          text,
          "carries a signature, which s3:// does not.",
          "Use the presigned https address as it is, or s3://bucket/key alone.");
    }
    if (!BucketName.isValid(bucket)) {
      throw refused(text, "names no valid bucket ('" + shown(bucket) + "').", BucketName.RULE);
    }
    if (key.isEmpty() || key.endsWith("/")) {
      throw refused(text, "names no object.", "Add the key of the .apkg after the bucket.");
    }
    if (key.getBytes(StandardCharsets.UTF_8).length > 1024) {
      throw refused(
          text, "has a key over S3's 1024 bytes.", "Use the key the package was put under.");
    }
    return new PackageRef(new S3Object(bucket, key, versionId), digest);
  }

  private static PackageRef https(String text) {
    Optional<Digest> digest = digestOf(text);
    URI uri;
    try {
      uri = new URI(withoutDigest(text));
    } catch (URISyntaxException e) {
      throw refused(text, "is not a valid address.", "Paste the presigned address as it was made.");
    }
    if (uri.getRawUserInfo() != null) {
      throw refused(text, "carries a user or password.", "Use a presigned address instead.");
    }
    if (uri.getHost() == null) {
      throw refused(text, "names no host.", FORMS);
    }
    if (uri.getRawFragment() != null) {
      throw refused(
          text,
          "ends in a fragment that is not a digest.",
          "Write #sha256=HEX, or nothing after #.");
    }
    if (uri.getRawPath().length() < 2) {
      throw refused(text, "names no object.", FORMS);
    }
    if (PRESIGNED.matcher(uri.getRawPath()).find()) {
      throw refused(
          text,
          "carries a signature in its path, where it would be shown.",
          "Paste the presigned address as it was made, with a ? before the first parameter.");
    }
    return new PackageRef(new HttpsUrl(uri, S3Host.of(uri).map(S3Host::bucket)), digest);
  }

  private static PackageRef coordinates(String text) {
    Optional<Digest> digest = digestOf(text);
    Matcher m = COORDINATES.matcher(withoutDigest(text));
    if (!m.matches()) {
      throw refused(text, "is neither an address nor [org/]agent@version.", FORMS);
    }
    if (SafeText.withoutQuery(m.group(3)).length() < m.group(3).length()) {
      throw refused(text, "has a query, which only an address may have.", FORMS);
    }
    String range =
        VersionRange.parse(m.group(3))
            .map(VersionRange::toString)
            .orElseThrow(
                () ->
                    new ParException(
                        ParException.Kind.CONFIG,
                        "'"
                            + SafeText.words(m.group(3))
                            + "' is not a version, 'latest' or a range.",
                        "Write a version such as 1.2.0, latest, or a range such as ^1.2, ~1.2.3 or 1.x."));
    return new PackageRef(
        new Coordinates(Optional.ofNullable(m.group(1)), m.group(2), range), digest);
  }

  private static Optional<Digest> digestOf(String text) {
    int hash = digestMark(text);
    if (hash < 0) {
      return Optional.empty();
    }
    String hex = text.substring(hash + DIGEST_MARK.length());
    if (!hex.matches("[0-9A-Fa-f]{64}")) {
      // Not Digest's own message, which shows the text: it may contain a pasted signature.
      throw refused(
          text,
          "has a digest of " + hex.length() + " characters, which is not a SHA-256.",
          "Write #sha256= and 64 hexadecimal digits, at the end.");
    }
    return Optional.of(Digest.parse(hex));
  }

  private static String withoutDigest(String text) {
    int hash = digestMark(text);
    // Blanks before the digest do not count, as around the whole reference.
    return hash < 0 ? text : text.substring(0, hash).stripTrailing();
  }

  private static int digestMark(String text) {
    for (int at = text.length() - DIGEST_MARK.length(); at >= 0; at--) {
      if (text.regionMatches(true, at, DIGEST_MARK, 0, DIGEST_MARK.length())) {
        return at;
      }
    }
    return -1;
  }

  /**
   * The same reference with a digest that its bytes must have.
   *
   * @param expected the digest
   * @return a pinned reference
   * @throws ParException of kind {@code CONFIG} when this reference has another digest already
   */
  public PackageRef withDigest(Digest expected) {
    if (digest.isPresent() && !digest.get().equals(expected)) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "The reference says "
              + digest.get()
              + ", and the digest beside it says "
              + expected
              + ".",
          "Make withDigest(…) and #sha256= agree, or give only one.");
    }
    return new PackageRef(address, Optional.of(expected));
  }

  /**
   * The digest that the bytes must have.
   *
   * @return empty when the reference names none
   */
  public Optional<Digest> digest() {
    return digest;
  }

  /**
   * The bucket that the address itself names.
   *
   * @return empty for coordinates and for hosts that are not S3's
   */
  public Optional<String> bucket() {
    if (address instanceof S3Object s3) {
      return Optional.of(s3.bucket());
    }
    return address instanceof HttpsUrl https ? https.bucket() : Optional.empty();
  }

  /**
   * The address without the digest.
   *
   * @return an object, a presigned address, or coordinates
   */
  public Address address() {
    return address;
  }

  /** The reference without its query and without its digest; safe in a log. */
  @Override
  public String toString() {
    return address.toString();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof PackageRef that
        && address.equals(that.address)
        && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return address.hashCode() * 31 + digest.hashCode();
  }

  private static ParException refused(String text, String what, String remedy) {
    return new ParException(
        ParException.Kind.CONFIG, "The package reference '" + shown(text) + "' " + what, remedy);
  }

  /** Anything after '?' may be a signature, and anything before '@' a password. */
  private static String shown(String text) {
    String shown = SafeText.withoutQuery(text);
    if (SCHEME.matcher(shown).matches() && !shown.regionMatches(true, 0, "s3:", 0, 3)) {
      shown = shown.replaceFirst("(:/{0,2}).*@", "$1[redacted]@");
    }
    shown = Redactor.standard().redact(printable(shown));
    return shown.length() > MAX_SHOWN ? shown.substring(0, MAX_SHOWN) + "…" : shown;
  }

  private static String printable(String text) {
    var out = new StringBuilder();
    text.chars().forEach(c -> out.append(Character.isISOControl(c) ? '\uFFFD' : (char) c));
    return out.toString();
  }
}
