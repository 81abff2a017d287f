package global.pixell.par.internal.remote;

import global.pixell.par.internal.s3name.S3Host;

/**
 * A request, as far as its failure has to be explained.
 *
 * @param address what was asked for, without a query
 * @param bucket the bucket; empty where the host is not known to be S3's
 * @param key the key, or the prefix of a listing; literal
 * @param action what was to be done
 * @param region the region that was asked; empty where it is not known
 * @param host the host, with its port where that is not the usual one
 * @param signer whose credentials the request carries
 */
public record RequestContext(
    String address,
    String bucket,
    String key,
    Action action,
    String region,
    String host,
    Signer signer) {

  /** What may be done to S3. There is nothing else that PAR does. */
  public enum Action {
    /** A package is read. */
    GET_OBJECT("Reading", "s3:GetObject"),
    /** A package is read in a version that is named. */
    GET_OBJECT_VERSION("Reading", "s3:GetObjectVersion"),
    /** Versions are looked up. */
    LIST_BUCKET("Listing", "s3:ListBucket");

    private final String verb;
    private final String permission;

    Action(String verb, String permission) {
      this.verb = verb;
      this.permission = permission;
    }

    /** The IAM action it needs. */
    String permission() {
      return permission;
    }
  }

  /** Whose credentials a request carries. */
  public enum Signer {
    /** Those of this process: a task role, or variables. */
    ROLE,
    /** Those of whoever presigned the address. */
    ADDRESS,
    /** None: the address has no signature. */
    NOBODY
  }

  /** The beginning of every sentence about it. */
  public String doing() {
    return action.verb + " " + address;
  }

  /** The resource a policy has to name for it. */
  String arn() {
    String all = "arn:" + S3Host.partition(region) + ":s3:::" + bucket;
    return action == Action.LIST_BUCKET ? all : all + "/" + key;
  }
}
