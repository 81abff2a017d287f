package global.pixell.par;

import java.util.regex.Pattern;

/** The rule for names of S3 buckets. */
final class BucketName {

  /** The rule as a sentence, for error messages. */
  static final String RULE =
      "Use 3 to 63 of a-z, 0-9, '.', '-', beginning and ending with a letter or digit.";

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  private static final Pattern PATTERN =
      Pattern.compile("(?!\\d+\\.\\d+\\.\\d+\\.\\d+$)(?!.*\\.\\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

  private BucketName() {}

  static boolean isValid(String name) {
    return PATTERN.matcher(name).matches();
  }
}
