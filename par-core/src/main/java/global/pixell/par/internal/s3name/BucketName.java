package global.pixell.par.internal.s3name;

import java.util.regex.Pattern;

/** The rule for names of S3 buckets. */
public final class BucketName {

  /** The rule as a sentence, for error messages. */
  public static final String RULE =
      "Use 3 to 63 of a-z, 0-9, '.', '-', beginning and ending with a letter or digit.";

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  private static final Pattern PATTERN =
      Pattern.compile("(?!\\d+\\.\\d+\\.\\d+\\.\\d+$)(?!.*\\.\\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

  private BucketName() {}

  public static boolean isValid(String name) {
    return PATTERN.matcher(name).matches();
  }
}
