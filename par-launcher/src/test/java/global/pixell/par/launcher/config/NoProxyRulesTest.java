package global.pixell.par.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyRulesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "*                       ; https://s3.amazonaws.com",
        "amazonaws.com           ; https://b.s3.us-east-2.amazonaws.com",
        ".amazonaws.com          ; https://amazonaws.com",
        "*.amazonaws.com         ; https://S3.AmazonAWS.com",
        "other, corp.example     ; http://minio.corp.example:9000",
        "other corp.example      ; http://corp.example.:9000",
        "corp.example:8443       ; https://a.corp.example:8443",
        "corp.example:443        ; https://corp.example",
        "corp.example:80         ; http://corp.example",
        "10.*                    ; http://10.1.2.3",
        "s3.*.amazonaws.com      ; https://s3.us-east-2.amazonaws.com",
        "169.254.170.2           ; http://169.254.170.2/v2",
        "10.0.0.0/8              ; http://10.255.0.1:9000",
        "172.16.0.0/12           ; http://172.31.255.255",
        "192.168.1.77/32         ; http://192.168.1.77",
        "0.0.0.0/0               ; http://8.8.8.8",
        "fd00::/8                ; http://[fd12:3456::1]:9000",
        "fd00::1                 ; http://[fd00:0::1]",
        "[fd00::1]               ; http://[fd00::1]",
        "[fd00::1]:9000          ; http://[fd00::1]:9000",
      })
  void a_host_of_the_list_needs_no_proxy(String list, String address) {
    assertThat(rules(list).matches(URI.create(address))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "amazonaws.com           ; https://notamazonaws.com",
        "amazonaws.com           ; https://amazonaws.com.evil.example",
        "corp.example:8443       ; https://corp.example",
        "10.0.0.0/8              ; http://11.0.0.1",
        "172.16.0.0/12           ; http://172.32.0.0",
        "192.168.1.77/32         ; http://192.168.1.76",
        "10.0.0.0/8              ; http://10.example.com",
        "10.0.0.0/8              ; http://[fd00::1]",
        "fd00::/8                ; http://[fe00::1]",
        "169.254.170.2           ; http://169.254.170.23",
      })
  void any_other_goes_through_it(String list, String address) {
    assertThat(rules(list).matches(URI.create(address))).isFalse();
  }

  @Test
  void a_range_that_is_none_is_reported() {
    var malformed = new ArrayList<String>();

    NoProxyRules.parse("10.0.0.0/33, fd00::/129, corp.example/8, 10.0.0.0/x, ok", malformed);

    assertThat(malformed)
        .containsExactly("10.0.0.0/33", "fd00::/129", "corp.example/8", "10.0.0.0/x");
  }

  private static NoProxyRules rules(String list) {
    var malformed = new ArrayList<String>();
    NoProxyRules rules = NoProxyRules.parse(list, malformed);
    assertThat(malformed).isEmpty();
    return rules;
  }
}
