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
 * The source of credentials when none are configured: Java's system properties, the environment,
 * the AWS profile, and the container's endpoint (ECS, EKS Pod Identity), in this order.
 *
 * <p>This is the SDK's chain without two links. Web identity calls STS, and PAR calls no service
 * but S3. The instance metadata service has the role of the host, not of the container, and where
 * there is no such service the SDK waits for it.
 */
final class S3Credentials implements CredentialsSource {

  /** No link of the chain has credentials. */
  static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String hint;
    private final boolean isTransient;

    private Missing(String message, String hint, boolean isTransient, @Nullable Throwable cause) {
      super(message, cause);
      this.hint = hint;
      this.isTransient = isTransient;
    }

    String hint() {
      return hint;
    }

    /** Whether the next attempt may find some. */
    boolean isTransient() {
      return isTransient;
    }
  }

  /** A link of the chain. Its source is made on first use, because most are never needed. */
  private static final class Link {
    private final Supplier<CredentialsSource> factory;
    private @Nullable CredentialsSource source;

    Link(Supplier<CredentialsSource> factory) {
      this.factory = factory;
    }

    AwsCredentials resolve(AbortableRequests requests) {
      if (source == null) {
        source = factory.get();
      }
      return source.resolve(requests);
    }
  }

  private final Link container;
  private final Link profile = new Link(() -> of(ProfileCredentialsProvider.create()));
  private final List<Link> chain;
  private @Nullable Link chosen;

  private S3Credentials() {
    container = new Link(S3Credentials::container);
    chain =
        List.of(
            new Link(() -> of(SystemPropertyCredentialsProvider.create())),
            new Link(() -> of(EnvironmentVariableCredentialsProvider.create())),
            profile,
            container);
  }

  /** The configured credentials, or the chain. */
  static CredentialsSource of(Optional<Supplier<ParConfig.Credentials>> given) {
    return given
        .<CredentialsSource>map(supplier -> requests -> supplied(supplier))
        .orElseGet(S3Credentials::new);
  }

  private static CredentialsSource of(AwsCredentialsProvider provider) {
    return requests -> provider.resolveCredentials();
  }

  /**
   * Replaces the SDK's provider, which sends six requests an attempt, none of which can be ended.
   */
  private static CredentialsSource container() {
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
    return requests -> fixed(endpoint.get(requests));
  }

  /** Called for each request. An exception of the host's supplier counts as no credentials. */
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
   * The current credentials; each link renews its own.
   *
   * @throws Missing when no link has any
   */
  @Override
  public synchronized AwsCredentials resolve(AbortableRequests requests) {
    if (chosen != null) {
      try {
        return chosen.resolve(requests);
      } catch (RuntimeException e) {
        throw missing(chosen, e);
      }
    }
    Link reported = chain.get(0);
    RuntimeException reason = null;
    for (Link link : chain) {
      try {
        AwsCredentials found = link.resolve(requests);
        chosen = link;
        return found;
      } catch (RuntimeException e) {
        // The error names the first link, or the last configured one.
        if (reason == null || isConfigured(link)) {
          reported = link;
          reason = e;
        }
      }
    }
    throw missing(reported, reason);
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
          !(e instanceof ContainerCredentials.Refused refused) || refused.isTransient(),
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
