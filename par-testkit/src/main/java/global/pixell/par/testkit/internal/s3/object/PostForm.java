package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.http.MultipartForm;
import global.pixell.par.testkit.internal.http.MultipartForm.Part;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The form of a POST: its fields and its file. S3 ignores everything after the file.
 *
 * @param fields the fields by lower-case name; fields with the same name are joined by commas
 */
record PostForm(Map<String, String> fields, InputStream file) {

  /** S3's limit for everything before the file. */
  private static final int MAX_FIELD_BYTES = 20 * 1024;

  private static final String FILE_NAME = "${filename}";

  /**
   * Reads a form up to the content of its file.
   *
   * @throws S3ErrorException when the form has no file, or is too large before the file
   */
  static PostForm read(MultipartForm form) throws IOException {
    var fields = new LinkedHashMap<String, String>();
    int size = 0;
    for (Optional<Part> next = form.next(); next.isPresent(); next = form.next()) {
      Part part = next.get();
      String name = part.name().toLowerCase(Locale.ROOT);
      if (name.equals("file")) {
        part.fileName().ifPresent(path -> fields.replaceAll((field, value) -> expand(value, path)));
        return new PostForm(fields, part.content());
      }
      byte[] value = part.content().readNBytes(MAX_FIELD_BYTES + 1);
      size += name.length() + value.length;
      if (size > MAX_FIELD_BYTES) {
        throw new S3ErrorException(
                400,
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceeding the upload file was too large.")
            .detail("MaxPostPreDataLengthBytes", MAX_FIELD_BYTES);
      }
      fields.merge(name, new String(value, StandardCharsets.UTF_8), (a, b) -> a + "," + b);
    }
    throw S3ErrorException.invalidArgument(
        "file", "0", "POST requires exactly one file upload per request.");
  }

  /** Expands {@code ${filename}}. Browsers may send the whole path of a file. */
  private static String expand(String value, String path) {
    String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    return value.replace(FILE_NAME, name);
  }

  /** A field; empty when the form does not have it. */
  String field(String name) {
    return fields.getOrDefault(name, "");
  }
}
