package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.FetchOptions;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.cache.PackageCache;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.resolve.AddressRule;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import global.pixell.par.internal.testing.StubServer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PackageFetcherTest {

  @Test
  void once_closed_nothing_is_listed_any_more(@TempDir Path directory) {
    try (var server = new StubServer(Answer.s3(500, "InternalError", "…"))) {
      ParConfig config =
          ParConfig.builder()
              .cacheDirectory(directory)
              .allowBucket("packages")
              .region("us-east-2")
              .endpoint(server.endpoint())
              .credentials(new ParConfig.Credentials("KEY", "not-a-secret", Optional.empty()))
              .build();
      var cache =
          new PackageCache(
              config.cache(),
              event -> {},
              before -> {},
              PackageCache.UseListener.NONE,
              () -> false);
      var limits = new UnpackLimits(1, 1);
      var opener = new PackageOpener(cache, limits, event -> {}, () -> true);
      var fetcher =
          new PackageFetcher(
              config,
              cache,
              PartialDownloads.in(directory, true),
              new AddressRule(config),
              event -> {},
              Optional.empty());
      fetcher.close();

      ParException e =
          catchThrowableOfType(
              ParException.class,
              () ->
                  fetcher.fetch(
                      PackageRef.parse("acme/greeter@latest"),
                      new FetchCall("acme/greeter@latest", FetchOptions.DEFAULT, null),
                      opener.ahead(Optional.empty()),
                      fetched -> fetched));

      assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
      assertThat(server.requests()).isEmpty();
    }
  }
}
