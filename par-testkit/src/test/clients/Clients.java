import io.minio.BucketExistsArgs;
import io.minio.ComposeObjectArgs;
import io.minio.ComposeSource;
import io.minio.CopyObjectArgs;
import io.minio.CopySource;
import io.minio.GetObjectArgs;
import io.minio.GetObjectTagsArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import io.minio.RemoveObjectsArgs;
import io.minio.SetObjectTagsArgs;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.http.Method;
import io.minio.messages.DeleteObject;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.PositionOutputStream;

/**
 * Fills and reads the fake S3 with MinIO's Java client, Hadoop's s3a and Iceberg's S3FileIO. It
 * reads the AWS_* variables; see run.sh.
 */
public final class Clients {

  private static final String ENDPOINT = System.getenv("AWS_ENDPOINT_URL_S3");
  private static final String ACCESS_KEY = System.getenv("AWS_ACCESS_KEY_ID");
  private static final String SECRET_KEY = System.getenv("AWS_SECRET_ACCESS_KEY");
  private static final String REGION = System.getenv("AWS_REGION");
  private static final String BUCKET = "clients-java";
  private static final byte[] BIG = new byte[12 << 20];

  private static boolean failed;

  private Clients() {}

  public static void main(String[] args) throws Exception {
    for (int i = 0; i < BIG.length; i++) {
      BIG[i] = (byte) (i * 31 + (i >> 8));
    }
    withMinio();
    withS3a();
    withIceberg();
    System.exit(failed ? 1 : 0);
  }

  private static void check(String what, Callable<Boolean> work) {
    try {
      boolean holds = work.call();
      System.out.println((holds ? "ok    " : "WRONG ") + what);
      failed |= !holds;
    } catch (Exception | Error e) {
      System.out.println("WRONG " + what + ": " + e);
      failed = true;
    }
  }

  private static void withMinio() {
    MinioClient minio =
        MinioClient.builder()
            .endpoint(ENDPOINT)
            .credentials(ACCESS_KEY, SECRET_KEY)
            .region(REGION)
            .build();
    check(
        "minio: create a bucket",
        () -> {
          minio.makeBucket(MakeBucketArgs.builder().bucket(BUCKET).build());
          return minio.bucketExists(BucketExistsArgs.builder().bucket(BUCKET).build());
        });
    check(
        "minio: put, stat and get",
        () -> {
          put(minio, "a b+c/ü", "hello".getBytes());
          long size =
              minio
                  .statObject(StatObjectArgs.builder().bucket(BUCKET).object("a b+c/ü").build())
                  .size();
          return size == 5 && Arrays.equals(get(minio, "a b+c/ü", 0, 5), "hello".getBytes());
        });
    check(
        "minio: a range", () -> Arrays.equals(get(minio, "a b+c/ü", 1, 3), "ell".getBytes()));
    check(
        "minio: multipart upload of a stream of unknown length",
        () -> {
          minio.putObject(
              PutObjectArgs.builder()
                  .bucket(BUCKET)
                  .object("big")
                  .stream(new ByteArrayInputStream(BIG), -1, 5 << 20)
                  .build());
          return Arrays.equals(get(minio, "big", 0, BIG.length), BIG);
        });
    check(
        "minio: copy",
        () -> {
          minio.copyObject(
              CopyObjectArgs.builder()
                  .bucket(BUCKET)
                  .object("copy")
                  .source(CopySource.builder().bucket(BUCKET).object("big").build())
                  .build());
          return Arrays.equals(get(minio, "copy", 0, BIG.length), BIG);
        });
    check(
        "minio: compose, which copies in parts",
        () -> {
          minio.composeObject(
              ComposeObjectArgs.builder()
                  .bucket(BUCKET)
                  .object("composed")
                  .sources(
                      List.of(
                          ComposeSource.builder().bucket(BUCKET).object("big").build(),
                          ComposeSource.builder().bucket(BUCKET).object("a b+c/ü").build()))
                  .build());
          return get(minio, "composed", 0, BIG.length + 5).length == BIG.length + 5;
        });
    check("minio: list", () -> minioKeys(minio).size() == 4);
    check(
        "minio: object tags",
        () -> {
          minio.setObjectTags(
              SetObjectTagsArgs.builder()
                  .bucket(BUCKET)
                  .object("copy")
                  .tags(Map.of("a", "b"))
                  .build());
          return minio
              .getObjectTags(GetObjectTagsArgs.builder().bucket(BUCKET).object("copy").build())
              .get()
              .equals(Map.of("a", "b"));
        });
    check(
        "minio: presigned address",
        () -> {
          String url =
              minio.getPresignedObjectUrl(
                  GetPresignedObjectUrlArgs.builder()
                      .method(Method.GET)
                      .bucket(BUCKET)
                      .object("a b+c/ü")
                      .build());
          try (InputStream in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes()).equals("hello");
          }
        });
    check(
        "minio: a missing key is NoSuchKey",
        () -> {
          try {
            get(minio, "none", 0, 1);
            return false;
          } catch (ErrorResponseException e) {
            return e.errorResponse().code().equals("NoSuchKey");
          }
        });
    check(
        "minio: delete",
        () -> {
          var doomed = minioKeys(minio).stream().map(DeleteObject::new).toList();
          for (var error :
              minio.removeObjects(
                  RemoveObjectsArgs.builder().bucket(BUCKET).objects(doomed).build())) {
            throw new AssertionError(error.get().message());
          }
          minio.removeBucket(RemoveBucketArgs.builder().bucket(BUCKET).build());
          return true;
        });
  }

  private static void put(MinioClient minio, String key, byte[] bytes) throws Exception {
    minio.putObject(
        PutObjectArgs.builder()
            .bucket(BUCKET)
            .object(key)
            .stream(new ByteArrayInputStream(bytes), bytes.length, -1)
            .build());
  }

  private static byte[] get(MinioClient minio, String key, long offset, long length)
      throws Exception {
    try (InputStream in =
        minio.getObject(
            GetObjectArgs.builder()
                .bucket(BUCKET)
                .object(key)
                .offset(offset)
                .length(length)
                .build())) {
      return in.readAllBytes();
    }
  }

  private static List<String> minioKeys(MinioClient minio) throws Exception {
    var keys = new ArrayList<String>();
    for (var each :
        minio.listObjects(
            ListObjectsArgs.builder().bucket(BUCKET).recursive(true).maxKeys(3).build())) {
      keys.add(each.get().objectName());
    }
    return keys;
  }

  private static void withS3a() throws Exception {
    makeBucket();
    var settings = new Configuration();
    settings.set("fs.s3a.endpoint", ENDPOINT);
    settings.set("fs.s3a.endpoint.region", REGION);
    settings.set("fs.s3a.access.key", ACCESS_KEY);
    settings.set("fs.s3a.secret.key", SECRET_KEY);
    settings.set("fs.s3a.path.style.access", "true");
    settings.set("fs.s3a.multipart.size", "5M");
    settings.set("fs.s3a.multipart.threshold", "5M");
    settings.set("fs.s3a.paging.maximum", "3");
    settings.set("fs.s3a.attempts.maximum", "1");
    try (FileSystem s3a = FileSystem.newInstance(URI.create("s3a://" + BUCKET), settings)) {
      check(
          "s3a: write and read",
          () -> {
            writeS3a(s3a, "/dir/a b/ü", "hello".getBytes());
            return Arrays.equals(readS3a(s3a, "/dir/a b/ü"), "hello".getBytes());
          });
      check(
          "s3a: write in parts, and seek",
          () -> {
            writeS3a(s3a, "/dir/big", BIG);
            try (var in = s3a.open(new Path("/dir/big"))) {
              in.seek(BIG.length - 7);
              byte[] end = in.readNBytes(7);
              return Arrays.equals(end, Arrays.copyOfRange(BIG, BIG.length - 7, BIG.length))
                  && Arrays.equals(readS3a(s3a, "/dir/big"), BIG);
            }
          });
      check("s3a: make a directory", () -> s3a.mkdirs(new Path("/empty/deep")));
      check(
          "s3a: list in pages",
          () -> {
            for (int i = 0; i < 7; i++) {
              writeS3a(s3a, "/list/" + i, new byte[1]);
            }
            FileStatus[] found = s3a.listStatus(new Path("/list"));
            return found.length == 7 && s3a.getContentSummary(new Path("/list")).getLength() == 7;
          });
      check(
          "s3a: rename a directory",
          () ->
              s3a.rename(new Path("/dir"), new Path("/moved"))
                  && Arrays.equals(readS3a(s3a, "/moved/big"), BIG)
                  && !s3a.exists(new Path("/dir/big")));
      check(
          "s3a: a missing file",
          () -> {
            try {
              readS3a(s3a, "/none");
              return false;
            } catch (FileNotFoundException e) {
              return true;
            }
          });
      check(
          "s3a: delete a directory",
          () -> s3a.delete(new Path("/moved"), true) && s3a.delete(new Path("/list"), true));
      check("s3a: nothing remains", () -> s3a.delete(new Path("/empty"), true));
    }
  }

  private static void writeS3a(FileSystem s3a, String path, byte[] bytes) throws Exception {
    try (var out = s3a.create(new Path(path))) {
      out.write(bytes);
    }
  }

  private static byte[] readS3a(FileSystem s3a, String path) throws Exception {
    try (var in = s3a.open(new Path(path))) {
      return in.readAllBytes();
    }
  }

  private static void makeBucket() throws Exception {
    MinioClient.builder()
        .endpoint(ENDPOINT)
        .credentials(ACCESS_KEY, SECRET_KEY)
        .region(REGION)
        .build()
        .makeBucket(MakeBucketArgs.builder().bucket(BUCKET).build());
  }

  private static void withIceberg() {
    String root = "s3://" + BUCKET + "/table";
    try (var io = new S3FileIO()) {
      io.initialize(
          Map.of(
              "s3.endpoint", ENDPOINT,
              "s3.path-style-access", "true",
              "s3.access-key-id", ACCESS_KEY,
              "s3.secret-access-key", SECRET_KEY,
              "client.region", REGION,
              "s3.multipart.part-size-bytes", String.valueOf(5 << 20)));
      check(
          "iceberg: write and read",
          () -> {
            writeIceberg(io, root + "/metadata/a b", "hello".getBytes());
            var file = io.newInputFile(root + "/metadata/a b");
            try (var in = file.newStream()) {
              return file.exists()
                  && file.getLength() == 5
                  && new String(in.readAllBytes()).equals("hello");
            }
          });
      check(
          "iceberg: write in parts, and seek",
          () -> {
            writeIceberg(io, root + "/data/big", BIG);
            try (var in = io.newInputFile(root + "/data/big").newStream()) {
              in.seek(6 << 20);
              byte[] rest = in.readAllBytes();
              return Arrays.equals(rest, Arrays.copyOfRange(BIG, 6 << 20, BIG.length));
            }
          });
      check(
          "iceberg: list a prefix",
          () -> {
            int count = 0;
            for (FileInfo each : io.listPrefix(root + "/")) {
              count += each.size() > 0 ? 1 : 0;
            }
            return count == 2;
          });
      check("iceberg: a missing file", () -> !io.newInputFile(root + "/none").exists());
      check(
          "iceberg: delete",
          () -> {
            io.deleteFiles(List.of(root + "/metadata/a b"));
            io.deletePrefix(root + "/");
            return !io.listPrefix(root + "/").iterator().hasNext();
          });
    }
  }

  private static void writeIceberg(S3FileIO io, String location, byte[] bytes) throws Exception {
    try (PositionOutputStream out = io.newOutputFile(location).create()) {
      out.write(bytes);
    }
  }
}
