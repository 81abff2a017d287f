package global.pixell.par.testkit;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** The operations on buckets themselves. */
final class Buckets {

  private final ObjectStore store;

  Buckets(ObjectStore store) {
    this.store = store;
  }

  Answer list() throws IOException {
    var xml = new StringBuilder("<ListAllMyBucketsResult" + Xml.NAMESPACE + "><Buckets>");
    for (String bucket : store.buckets()) {
      xml.append("<Bucket>")
          .append(Xml.element("Name", bucket))
          .append(Xml.element("CreationDate", S3Dates.xml(Instant.EPOCH)))
          .append("</Bucket>");
    }
    return Answer.xml(xml.append("</Buckets></ListAllMyBucketsResult>").toString());
  }

  Answer create(S3Request request) throws IOException {
    store.createBucket(request.bucket());
    return Answer.empty(200, Map.of("Location", "/" + request.bucket()));
  }

  Answer head() {
    return Answer.empty(200, Map.of("x-amz-bucket-region", "us-east-2"));
  }

  Answer location() {
    return Answer.xml("<LocationConstraint" + Xml.NAMESPACE + ">us-east-2</LocationConstraint>");
  }
}
