package global.pixell.par.launcher.config;

import global.pixell.par.EnvironmentReader;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The form of {@code AWS_REGION}. A wrong one would become a host name that does not exist, and the
 * boot would fail as if S3 did not answer.
 */
public final class AwsRegion {

  /**
   * The regions of all partitions, such as us-east-2, us-gov-west-1, us-isob-east-1,
   * eusc-de-east-1.
   */
  private static final Pattern OF_AWS = Pattern.compile("[a-z]{2,5}(-[a-z]{2,12}){1,3}-\\d{1,2}");

  /**
   * The regions of other stores, behind an endpoint. PAR only signs them, so each store has its own
   * names.
   */
  private static final Pattern OF_OTHERS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,62}");

  private AwsRegion() {}

  /** Notes a fault when the variable is set and its value cannot be a region. */
  public static void check(EnvironmentReader reader) {
    boolean own =
        reader.text("AWS_ENDPOINT_URL_S3").or(() -> reader.text("AWS_ENDPOINT_URL")).isPresent();
    Optional<String> region = reader.text("AWS_REGION");
    if (region.isPresent() && !(own ? OF_OTHERS : OF_AWS).matcher(region.get()).matches()) {
      reader.refuse(
          "AWS_REGION",
          region.get(),
          "is not the name of a region.",
          "Use the region of the bucket, such as us-east-2, or unset it.");
    }
  }
}
