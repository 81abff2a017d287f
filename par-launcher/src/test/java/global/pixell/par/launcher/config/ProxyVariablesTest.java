package global.pixell.par.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.EnvironmentReader;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyVariablesTest {

  @Test
  void without_the_variables_nothing_is_set() {
    assertThat(properties(Map.of("https_proxy", " "))).isEmpty();
  }

  @Test
  void each_scheme_has_its_proxy_and_lower_case_goes_first() {
    assertThat(
            properties(
                Map.of(
                    "HTTPS_PROXY", "http://upper:1",
                    "https_proxy", "http://lower:3128/",
                    "HTTP_PROXY", "plain.example")))
        .containsOnly(
            Map.entry("https.proxyHost", "lower"),
            Map.entry("https.proxyPort", "3128"),
            Map.entry("http.proxyHost", "plain.example"),
            Map.entry("http.proxyPort", "80"));
  }

  @Test
  void a_user_lets_java_send_a_password_through_a_tunnel_and_is_no_property() {
    assertThat(properties(Map.of("HTTPS_PROXY", "http://me:s3cret@proxy:3128")))
        .containsEntry("https.proxyHost", "proxy")
        .containsEntry("jdk.http.auth.tunneling.disabledSchemes", "")
        .doesNotContainValue("me:s3cret");
  }

  @Test
  void hosts_of_no_proxy_are_exceptions_in_lower_case_first() {
    var reader =
        new EnvironmentReader(Map.of("NO_PROXY", "upper.example", "no_proxy", "10.0.0.0/8,lower"));

    ProxyVariables variables = ProxyVariables.read(reader);

    assertThat(variables.properties()).isEmpty();
    assertThat(variables.isException(URI.create("http://10.1.2.3:9000"))).isTrue();
    assertThat(variables.isException(URI.create("https://a.lower"))).isTrue();
    assertThat(variables.isException(URI.create("https://upper.example"))).isFalse();
  }

  @Test
  void a_range_that_is_none_is_a_fault() {
    var reader = new EnvironmentReader(Map.of("NO_PROXY", "ok,10.0.0.0/99"));

    ProxyVariables.read(reader);

    assertThat(reader.problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.message())
                    .isEqualTo(
                        "NO_PROXY has the entry '10.0.0.0/99', which is not a range of addresses."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"socks5://me:s3cret@proxy:1080", "https://proxy", "http://", "http://a b"})
  void what_is_no_http_proxy_is_a_fault_that_does_not_repeat_the_value(String value) {
    var reader = new EnvironmentReader(Map.of("HTTPS_PROXY", value));

    assertThat(ProxyVariables.read(reader).properties()).isEmpty();

    assertThat(reader.problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.message())
                    .isEqualTo("HTTPS_PROXY is not the address of an http proxy."))
        .asString()
        .doesNotContain("s3cret");
  }

  private static Map<String, String> properties(Map<String, String> environment) {
    return ProxyVariables.read(new EnvironmentReader(environment)).properties();
  }
}
