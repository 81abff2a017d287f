package global.pixell.par.testkit;

import java.io.IOException;

/** From the operation to the room that has it. */
final class Operations {

  private final ObjectStore store;
  private final Buckets buckets;
  private final Listings listings;
  private final ObjectReads reads;
  private final ObjectWrites writes;
  private final PolicyDocuments policies;

  Operations(ObjectStore store, BucketPolicies policies) {
    this.store = store;
    buckets = new Buckets(store);
    listings = new Listings(store);
    reads = new ObjectReads(store);
    writes = new ObjectWrites(store);
    this.policies = new PolicyDocuments(policies);
  }

  Answer run(S3Request request) throws IOException {
    S3Operation operation = request.operation();
    if (!request.bucket().isEmpty()
        && operation != S3Operation.CREATE_BUCKET
        && !store.hasBucket(request.bucket())) {
      throw S3Failure.noSuchBucket(request.bucket());
    }
    return switch (operation) {
      case LIST_BUCKETS -> buckets.list();
      case CREATE_BUCKET -> buckets.create(request);
      case HEAD_BUCKET -> buckets.head();
      case GET_BUCKET_LOCATION -> buckets.location();
      case GET_BUCKET_POLICY -> policies.get(request);
      case PUT_BUCKET_POLICY -> policies.put(request);
      case DELETE_BUCKET_POLICY -> policies.delete(request);
      case LIST_OBJECTS, LIST_OBJECTS_V2 -> listings.list(request);
      case GET_OBJECT, HEAD_OBJECT -> reads.get(request);
      case PUT_OBJECT -> writes.put(request);
      case DELETE_OBJECT -> writes.delete(request);
      case METHOD_NOT_ALLOWED -> throw S3Failure.methodNotAllowed();
      default -> throw S3Failure.notImplemented();
    };
  }
}
