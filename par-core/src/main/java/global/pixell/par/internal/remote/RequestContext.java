package global.pixell.par.internal.remote;

import global.pixell.par.internal.s3name.S3Host;
import java.net.URI;

/**
 * What an error message needs to know about a request.
 *
 * @param address the requested address, without its query
 * @param bucket the bucket; empty where the host is not known to be S3's
 * @param key the key, or the prefix of a listing; literal
 * @param action what the request was for
 * @param region the region that it was signed for; empty where that is not known
 * @param server scheme, host and port of the server
 * @param signer whose credentials the request carries
 */
public record RequestContext(
    String address,
    String bucket,
    String key,
    Action action,
    String region,
    URI server,
    Signer signer) {

  /** The requests that PAR makes. */
  public enum Action {
    /** Reads a package. */
    GET_OBJECT("Reading", "s3:GetObject"),
    /** Reads one version of a package. */
    GET_OBJECT_VERSION("Reading", "s3:GetObjectVersion"),
    /** Lists versions. */
    LIST_BUCKET("Listing", "s3:ListBucket");

    private final String verb;
    private final String permission;

    Action(String verb, String permission) {
      this.verb = verb;
      this.permission = permission;
    }

    /** The IAM action that it needs. */
    String permission() {
      return permission;
    }
  }

  /** Whose credentials a request carries. */
  public enum Signer {
    /** This process's own: a task role, or variables. */
    ROLE,
    /** Those of the person or program that presigned the address. */
    ADDRESS,
    /** None: the address has no signature. */
    NOBODY
  }

  /** The request as the beginning of a sentence: "Reading s3://…". */
  public String describe() {
    return action.verb + " " + address;
  }

  /** The host, with its port where that is not the usual one. */
  public String host() {
    return server.getRawAuthority();
  }

  /** The resource that a policy must name to allow the request. */
  String arn() {
    String all = "arn:" + S3Host.partition(region) + ":s3:::" + bucket;
    return action == Action.LIST_BUCKET ? all : all + "/" + key;
  }
}
