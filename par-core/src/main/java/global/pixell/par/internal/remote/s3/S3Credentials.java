package global.pixell.par.internal.remote.s3;

import global.pixell.par.ParConfig;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.text.SafeText;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;

/**
 * Where credentials come from when none are given: Java's system properties, the environment, the
 * AWS profile, and the container's endpoint (ECS, EKS Pod Identity), in this order.
 *
 * <p>That is the SDK's chain without two links. Web identity calls STS, and PAR calls no service
 * but S3. The instance's metadata service is not a container's own: it hands out the role of the
 * host, and where there is none it is waited for.
 */
final class S3Credentials implements AwsCredentialsProvider {

  /** No link of the chain had any. */
  static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String hint;
    private final boolean passing;

    private Missing(String message, String hint, boolean passing, @Nullable Throwable cause) {
      super(message, cause);
      this.hint = hint;
      this.passing = passing;
    }

    String hint() {
      return hint;
    }

    /** Whether the next attempt may find some. */
    boolean passing() {
      return passing;
    }
  }

  /** One link, made when it is first asked: most are never needed. */
  private static final class Link {
    private final Supplier<AwsCredentialsProvider> maker;
    private @Nullable AwsCredentialsProvider made;

    Link(Supplier<AwsCredentialsProvider> maker) {
      this.maker = maker;
    }

    AwsCredentials resolve() {
      if (made == null) {
        made = maker.get();
      }
      return made.resolveCredentials();
    }
  }

  private final Link container;
  private final Link profile = new Link(ProfileCredentialsProvider::create);
  private final List<Link> chain;
  private @Nullable Link last;

  private S3Credentials(Supplier<AbortableRequests> current) {
    container = new Link(() -> container(current));
    chain =
        List.of(
            new Link(SystemPropertyCredentialsProvider::create),
            new Link(EnvironmentVariableCredentialsProvider::create),
            profile,
            container);
  }

  /**
   * Those given, or the chain.
   *
   * @param current the request that this thread needs credentials for
   */
  static AwsCredentialsProvider of(
      Optional<Supplier<ParConfig.Credentials>> given, Supplier<AbortableRequests> current) {
    return given
        .<AwsCredentialsProvider>map(supplier -> () -> supplied(supplier))
        .orElseGet(() -> new S3Credentials(current));
  }

  /** Not the SDK's own, which makes six requests of each attempt, and none that can be ended. */
  private static AwsCredentialsProvider container(Supplier<AbortableRequests> current) {
    String uri =
        set(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
            .map(
                path ->
                    SdkSystemSetting.AWS_CONTAINER_SERVICE_ENDPOINT.getStringValueOrThrow() + path)
            .or(() -> set(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI))
            .orElseThrow(() -> new IllegalStateException("there is no endpoint of a container"));
    var endpoint =
        new ContainerCredentials(
            uri,
            set(SdkSystemSetting.AWS_CONTAINER_AUTHORIZATION_TOKEN),
            set(SdkSystemSetting.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE).map(Path::of),
            Clock.systemUTC());
    return () -> fixed(endpoint.get(current.get()));
  }

  /** Asked for each request; whatever the host's supplier throws counts as no credentials. */
  private static AwsCredentials supplied(Supplier<ParConfig.Credentials> supplier) {
    try {
      return fixed(supplier.get());
    } catch (RuntimeException e) {
      throw new Missing(
          "the credentials supplier of this Par failed ("
              + SafeText.words(String.valueOf(e.getMessage()))
              + ")",
          "Check the supplier that was given to credentials(…).",
          true,
          e);
    }
  }

  private static AwsCredentials fixed(ParConfig.Credentials c) {
    return c.sessionToken().isPresent()
        ? AwsSessionCredentials.create(c.accessKeyId(), c.secretAccessKey(), c.sessionToken().get())
        : AwsBasicCredentials.create(c.accessKeyId(), c.secretAccessKey());
  }

  /**
   * The credentials of now; each link renews its own.
   *
   * @throws Missing when no link has any
   */
  @Override
  public synchronized AwsCredentials resolveCredentials() {
    if (last != null) {
      try {
        return last.resolve();
      } catch (RuntimeException e) {
        throw missing(last, e);
      }
    }
    Link spoke = chain.get(0);
    RuntimeException said = null;
    for (Link link : chain) {
      try {
        AwsCredentials found = link.resolve();
        last = link;
        return found;
      } catch (RuntimeException e) {
        if (said == null || isConfigured(link)) {
          spoke = link;
          said = e;
        }
      }
    }
    throw missing(spoke, said);
  }

  private boolean isConfigured(Link link) {
    return link == container
        ? isSet(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
            || isSet(SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI)
        : link == profile
            && ProfileFileSystemSetting.AWS_PROFILE
                .getStringValue()
                .filter(name -> !name.equals("default"))
                .isPresent();
  }

  private Missing missing(Link link, @Nullable RuntimeException e) {
    String said = e == null ? "" : " (" + SafeText.words(String.valueOf(e.getMessage())) + ")";
    if (link == container && isConfigured(container)) {
      return new Missing(
          "the container's endpoint gave no AWS credentials" + said,
          "Check that the task definition names a task role, and that the container may reach the endpoint.",
          !(e instanceof ContainerCredentials.Refused refused) || refused.passing(),
          e);
    }
    if (link == profile && isConfigured(profile)) {
      return new Missing(
          "the AWS profile gave no credentials" + said,
          "Check AWS_PROFILE and the files of ~/.aws; roles and SSO in a profile need other services than S3, which PAR does not call.",
          false,
          e);
    }
    return new Missing(
        "no AWS credentials were found",
        isSet(SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE)
            ? "Web identity needs STS, and PAR calls no service but S3: give the pod an EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            : "Give the task a task role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        false,
        e);
  }

  private static boolean isSet(SdkSystemSetting setting) {
    return set(setting).isPresent();
  }

  private static Optional<String> set(SdkSystemSetting setting) {
    return setting.getStringValue().filter(value -> !value.isBlank());
  }
}
