package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;

/**
 * Invalid settings of the AWS SDK: PAR obeys or ignores each, and an error that ends a fetch is an
 * error of PAR that names the setting.
 */
@Timeout(120)
class SdkSettingsTest {

  private static final PackageRef REF = PackageRef.parse("s3://bucket/acme/a/1.0.0/a.apkg");

  @TempDir private Path folder;
  private final ScriptedServer server =
      ScriptedServer.ofBytes(
          Answer.of(
              200,
              new String(
                  TestZip.of().file("agent.yaml", "name: a\nversion: 1.0.0\n").bytes(),
                  StandardCharsets.ISO_8859_1)));
  private final List<String> set = new ArrayList<>();

  @BeforeEach
  void noProfile() {
    set("aws.configFile", folder.resolve("no-config").toString());
    set("aws.sharedCredentialsFile", folder.resolve("no-credentials").toString());
  }

  @AfterEach
  void unset() {
    set.forEach(System::clearProperty);
    server.close();
  }

  private void set(String property, String value) {
    set.add(property);
    System.setProperty(property, value);
  }

  static Stream<String> properties() {
    return Stream.concat(
            Arrays.stream(SdkSystemSetting.values()).map(SdkSystemSetting::property),
            Arrays.stream(ProfileFileSystemSetting.values())
                .map(ProfileFileSystemSetting::property))
        .filter(property -> property != null);
  }

  @ParameterizedTest
  @MethodSource("properties")
  void a_faulty_setting_is_passed_over_or_named(String property) {
    for (String value : new String[] {"bogus", "1", "true", "-1"}) {
      set(property, value);
      try (Par par = par()) {
        ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));

        if (e != null) {
          assertThat(e.kind()).as(property + "=" + value + ": " + e).isEqualTo(Kind.CONFIG);
          assertThat(e.hint()).contains("AWS_");
        }
      }
    }
  }

  @Test
  void a_configuration_file_that_cannot_be_read_is_named() throws IOException {
    for (String name : new String[] {"aws.configFile", "aws.sharedCredentialsFile"}) {
      noProfile();
      String path = file("no profile = at all");
      set(name, path);

      try (Par par = par()) {
        ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));

        assertThat(e.kind()).isEqualTo(Kind.CONFIG);
        assertThat(e)
            .hasMessageStartingWith("The AWS configuration files ")
            .hasMessageContaining(path)
            .hasMessageEndingWith(" cannot be read: Expected a profile definition on line 1.");
        assertThat(e.hint()).contains("AWS_CONFIG_FILE");
      }
    }
  }

  private String file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "aws", ""), content).toString();
  }

  private Par par() {
    return Par.builder()
        .cacheDirectory(folder.resolve("cache-" + System.nanoTime()))
        .allowBucket("bucket")
        .region("us-east-2")
        .endpoint(server.endpoint())
        .attempts(2, Duration.ofMinutes(1))
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .build();
  }
}
