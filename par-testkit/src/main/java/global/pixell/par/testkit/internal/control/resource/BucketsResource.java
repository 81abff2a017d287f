package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.internal.s3name.BucketName;
import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.http.Members;
import global.pixell.par.testkit.internal.s3.model.Bucket;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code /_par/buckets}: the buckets; their objects are put and got over S3. */
public final class BucketsResource {

  private final FakeServer server;
  private final ControlContext context;

  public BucketsResource(FakeServer server, ControlContext context) {
    this.server = server;
    this.context = context;
  }

  public ControlResponse get(ControlRequest request) throws IOException, ControlException {
    request.requirePath(2);
    request.requireOnly();
    if (request.path().size() == 2) {
      return ControlResponse.json(fields(existing(request.segment(1))));
    }
    var all = new ArrayList<Map<String, ?>>();
    for (String name : server.store().buckets()) {
      all.add(fields(name));
    }
    return ControlResponse.json(Map.of("buckets", all));
  }

  private Map<String, ?> fields(String name) throws IOException {
    ObjectStore store = server.store();
    Bucket bucket = store.bucket(name);
    long objects = 0;
    long bytes = 0;
    for (StoredObject object : bucket.current("", "")) {
      objects++;
      bytes += object.size();
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", name);
    fields.put("region", store.region(name));
    fields.put("versioning", bucket.versioning().name().toLowerCase(Locale.ROOT));
    fields.put("objects", objects);
    fields.put("bytes", bytes);
    return fields;
  }

  private String existing(String name) throws ControlException {
    if (!server.store().hasBucket(name)) {
      throw ControlException.notFound(
          "There is no bucket '" + name + "'.", "GET /_par/buckets lists the buckets.");
    }
    return name;
  }

  public ControlResponse put(ControlRequest request) throws IOException, ControlException {
    request.requirePath(2);
    request.requireOnly();
    String name = request.segment(1);
    if (!BucketName.isValid(name)) {
      throw ControlException.badRequest("'" + name + "' is not a bucket name.", BucketName.RULE);
    }
    var members = new Members(request.json("versioning", "region"));
    Boolean versioning = members.flag("versioning");
    String region = members.text("region");
    if (region != null && !region.matches("[a-z]{2}(-[a-z]+)+-\\d{1,2}")) {
      throw ControlException.badRequest(
          "region must be a region such as eu-west-1, and '" + region + "' is not.",
          "Leave it out for " + server.store().region() + ".");
    }
    if (Boolean.TRUE.equals(versioning) && context.directory().isPresent()) {
      throw new ControlException(
          409, "A bucket that is a directory keeps no versions.", "Start the fake without --dir.");
    }
    Bucket bucket = server.bucket(name);
    if (region != null) {
      server.region(name, region);
    }
    if (Boolean.TRUE.equals(versioning)) {
      bucket.versioning(Bucket.Versioning.ENABLED);
    } else if (Boolean.FALSE.equals(versioning)
        && bucket.versioning() == Bucket.Versioning.ENABLED) {
      // As on S3, a bucket that had versions once is only suspended.
      bucket.versioning(Bucket.Versioning.SUSPENDED);
    }
    changed();
    return ControlResponse.json(fields(name));
  }

  public ControlResponse delete(ControlRequest request) throws IOException, ControlException {
    request.requirePath(2);
    request.requireOnly();
    String name = existing(request.segment(1));
    Optional<Path> directory = context.directory();
    if (directory.isPresent()) {
      throw new ControlException(
          409,
          "The bucket is the directory "
              + directory.get().resolve(name)
              + ", which is not deleted.",
          "Delete its objects over S3, then the bucket.");
    }
    server.removeBucket(name);
    changed();
    return ControlResponse.noContent();
  }

  private void changed() {
    context.events().publish("buckets", Map::of);
  }
}
