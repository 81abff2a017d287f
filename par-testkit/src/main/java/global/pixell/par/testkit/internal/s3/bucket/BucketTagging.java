package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.testkit.internal.s3.model.BucketSetting;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.request.AuthorizedRequest;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.Tags;
import global.pixell.par.testkit.internal.s3.request.UploadBody;
import java.io.IOException;
import java.util.Map;

/** GetBucketTagging, PutBucketTagging and DeleteBucketTagging, with the tags. */
public final class BucketTagging {

  private final ObjectStore store;
  private final BucketSetting<Tags> tags = new BucketSetting<>();

  public BucketTagging(ObjectStore store) {
    this.store = store;
  }

  public S3Response get(S3Request request) throws S3ErrorException {
    Tags found =
        tags.of(request.bucket())
            .orElseThrow(
                () ->
                    DefaultSettings.missing(
                        request.bucket(), "NoSuchTagSet", "The TagSet does not exist"));
    return S3Response.xml(found.document());
  }

  public S3Response put(S3Request request, AuthorizedRequest authorized) throws IOException {
    byte[] document = new UploadBody(request, authorized.chunkVerifier()).document(store.bodies());
    tags.put(request.bucket(), Tags.ofDocument(document, Tags.Owner.BUCKET));
    return S3Response.empty(204, Map.of());
  }

  public S3Response delete(S3Request request) {
    tags.remove(request.bucket());
    return S3Response.empty(204, Map.of());
  }

  /** The tags of all buckets. */
  public BucketSetting<Tags> setting() {
    return tags;
  }
}
