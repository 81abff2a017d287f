package global.pixell.par.internal.remote.s3;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.utils.SystemSetting;

/**
 * The region of this process: from Java's system properties, the environment, or the AWS profile.
 * The last link of the SDK's chain is left out, because it asks the instance metadata service.
 */
final class S3Region {
  private S3Region() {}

  /** Read by the AWS CLI and most SDKs besides {@code AWS_REGION}, but not by the SDK for Java. */
  private static final SystemSetting DEFAULT_REGION =
      new SystemSetting() {
        @Override
        public String property() {
          return "aws.defaultRegion";
        }

        @Override
        public String environmentVariable() {
          return "AWS_DEFAULT_REGION";
        }

        @Override
        public @Nullable String defaultValue() {
          return null;
        }
      };

  /** The region; empty where nothing names one, or the profile cannot be read. */
  static Optional<String> ofProcess() {
    try {
      return Optional.ofNullable(
              new AwsRegionProviderChain(
                      new SystemSettingsRegionProvider(),
                      S3Region::defaultRegion,
                      new AwsProfileRegionProvider())
                  .getRegion())
          .map(Region::id);
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  private static @Nullable Region defaultRegion() {
    return DEFAULT_REGION.getStringValue().map(Region::of).orElse(null);
  }
}
