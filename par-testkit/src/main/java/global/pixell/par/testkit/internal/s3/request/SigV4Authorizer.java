package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.auth.Authenticator;
import global.pixell.par.testkit.internal.auth.Authenticator.VerifiedSignature;
import global.pixell.par.testkit.internal.auth.ChunkSignatureVerifier;
import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.auth.CredentialStore;
import global.pixell.par.testkit.internal.auth.Sha256VerifyingInputStream;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.iam.PolicyEvaluator;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.InputStream;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Authenticates a request by its signature, then authorizes it by the policies of caller and
 * bucket.
 */
public final class SigV4Authorizer implements Authorizer {

  /** Always loopback, because the server listens only there. */
  public static final String SOURCE_IP = "127.0.0.1";

  private final Authenticator authenticator;
  private final BucketPolicies bucketPolicies;
  private final ObjectStore store;
  private final Clock clock;

  public SigV4Authorizer(
      CredentialStore identities, BucketPolicies bucketPolicies, ObjectStore store, Clock clock) {
    this.store = store;
    this.authenticator = new Authenticator(identities, clock);
    this.bucketPolicies = bucketPolicies;
    this.clock = clock;
  }

  @Override
  public AuthorizedRequest authorize(S3Request request, JournalEntry entry)
      throws S3ErrorException {
    // A browser sends a preflight to the presigned URL of the later request, so that signature does
    // not count.
    Optional<VerifiedSignature> signed =
        request.operation() == S3Operation.PREFLIGHT
            ? Optional.empty()
            : authenticator.verifyS3(request.wire(), request.query(), expectedRegion(request));
    var authorized = new Caller(request, signed, entry);
    entry.recordPrincipal(authorized.principal());
    authorized.requirePermissions(request);
    return authorized;
  }

  /**
   * The region that the signature must name. The fake is the endpoint of every region: the bucket's
   * region is correct, a request for the fake's own region is redirected later, and without a
   * bucket any region is correct.
   */
  private String expectedRegion(S3Request request) {
    Optional<String> signedFor = request.signedRegion();
    boolean anywhere =
        request.bucket().isEmpty() || request.operation() == S3Operation.CREATE_BUCKET;
    String home = anywhere ? store.region() : store.region(request.bucket());
    return signedFor.filter(region -> anywhere || region.equals(store.region())).orElse(home);
  }

  private final class Caller implements AuthorizedRequest {
    private final S3Request request;
    private final Optional<VerifiedSignature> signed;
    private final JournalEntry entry;
    private final Map<String, List<String>> keys;

    Caller(S3Request request, Optional<VerifiedSignature> signed, JournalEntry entry)
        throws S3ErrorException {
      this.request = request;
      this.signed = signed;
      this.entry = entry;
      keys =
          ConditionContextBuilder.of(
              request, signed, store.region(request.bucket()), clock.instant());
    }

    @Override
    public Principal principal() {
      return signed.map(each -> each.credentials().principal()).orElse(Principal.ANONYMOUS);
    }

    @Override
    public void requirePermission(Permission permission, Map<String, List<String>> more)
        throws S3ErrorException {
      AccessRequest access = accessRequest(permission, more);
      Decision decision = decide(access);
      entry.recordDecision(access, decision);
      if (!decision.allowed()) {
        throw refusal(decision);
      }
    }

    /** HeadBucket reports the bucket's region even when access is denied. */
    private S3ErrorException refusal(Decision decision) {
      boolean tellsRegion =
          request.operation() == S3Operation.HEAD_BUCKET && store.hasBucket(request.bucket());
      return tellsRegion
          ? denied(decision).with("x-amz-bucket-region", store.region(request.bucket()))
          : denied(decision);
    }

    @Override
    public S3ErrorException notFoundOrDenied(S3Request missed, S3ErrorException noSuchKey)
        throws S3ErrorException {
      AccessRequest list =
          accessRequest(Permission.onBucket("s3:ListBucket", missed.bucket()), Map.of())
              .with("s3:prefix", missed.key());
      Decision decision = decide(list);
      if (decision.allowed()) {
        return noSuchKey;
      }
      entry.recordHiddenKey(list, decision);
      return denied(decision);
    }

    @Override
    public AuthorizedRequest ofForm(S3Request upload, Map<String, String> fields)
        throws S3ErrorException {
      entry.recordKey(upload.key());
      Optional<VerifiedSignature> signature =
          authenticator.verifyForm(fields, store.region(upload.bucket()));
      var signer = new Caller(upload, signature, entry);
      entry.recordPrincipal(signer.principal());
      return signer;
    }

    @Override
    public InputStream body() throws S3ErrorException {
      if (signed.isEmpty() || !signed.get().namesBodyHash()) {
        return request.body();
      }
      String promised = signed.get().payload();
      if (!request.wire().hasBody() && !promised.equalsIgnoreCase(SigV4.EMPTY_SHA256)) {
        throw Sha256VerifyingInputStream.mismatch(promised, SigV4.EMPTY_SHA256);
      }
      boolean chunked = !request.header("Transfer-Encoding").isEmpty();
      return request.wire().hasBody()
          ? new Sha256VerifyingInputStream(
              request.body(),
              promised,
              chunked ? -1 : Long.parseLong(request.header("Content-Length")))
          : request.body();
    }

    @Override
    public ChunkVerifier chunkVerifier() {
      return signed.map(ChunkSignatureVerifier::of).orElse(ChunkVerifier.NONE);
    }

    private AccessRequest accessRequest(Permission permission, Map<String, List<String>> more)
        throws S3ErrorException {
      var all = new LinkedHashMap<>(keys);
      all.putAll(ConditionContextBuilder.ofTags(permission, request, store));
      all.putAll(more);
      return new AccessRequest(
          principal(), permission.action(), permission.resource(), all, clock.instant(), SOURCE_IP);
    }

    private Decision decide(AccessRequest access) {
      List<PolicyDocument> own =
          signed.map(each -> each.credentials().policies()).orElse(List.of());
      return new PolicyEvaluator(own, bucketPolicies.of(bucket(access.resource()))).decide(access);
    }

    /** The bucket in an ARN; empty for {@code *}. */
    private static String bucket(String resource) {
      int at = resource.indexOf(":::");
      return at < 0 ? "" : resource.substring(at + 3).split("/", 2)[0];
    }

    /** The error for an anonymous caller gives no reason, as at S3; the journal has the reason. */
    private S3ErrorException denied(Decision decision) {
      return new S3ErrorException(
          403, "AccessDenied", signed.isEmpty() ? "Access Denied" : decision.sentence());
    }
  }
}
