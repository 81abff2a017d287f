package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentLevelTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ERROR   | {'level':'error'}",
        "ERROR   | {'level':'CRITICAL'}",
        "ERROR   | {'level':'err'}",
        "ERROR   | {'level':'crit'}",
        "ERROR   | {'level':'panic'}",
        "ERROR   | {'level':'dpanic'}",
        "ERROR   | {'level':'emerg'}",
        "ERROR   | {'level':'alert'}",
        "ERROR   | {'level':'fatal'}",
        "ERROR   | {'severity':'EMERGENCY'}",
        "ERROR   | {'levelname':'ERROR','levelno':40}",
        "WARNING | {'levelname':'WARNING','levelno':30}",
        "WARNING | {'level':'warn'}",
        "WARNING | {'lvl':'Warning'}",
        "WARNING | {'log.level':'WARN'}",
        "INFO    | {'severity':'NOTICE'}",
        "INFO    | {'severity':'DEFAULT'}",
        "DEBUG   | {'level':'trace'}",
        "DEBUG   | {'level':10}",
        "DEBUG   | {'level':20}",
        "INFO    | {'level':30}",
        "WARNING | {'level':40}",
        "ERROR   | {'level':50}",
        "ERROR   | {'level':60}",
        "ERROR   | {'level':0}",
        "ERROR   | {'level':3}",
        "WARNING | {'level':4}",
        "INFO    | {'level':5}",
        "INFO    | {'level':6}",
        "DEBUG   | {'level':7}",
        "ERROR   | {'level':'50'}",
        "ERROR   | {'level':30,'severity':'error'}",
        "WARNING | {'level':'deep','severity':'warning'}",
        "INFO    | {'level':{'name':'error'}}",
        "INFO    | {'level':'whatever'}",
        "INFO    | {'level':null}",
        "INFO    | {}",
      })
  void the_levels_of_the_common_loggers_are_understood(LogStream.Level level, String json)
      throws IOException {
    assertThat(AgentLevel.of(Json.read(json.replace('\'', '"')))).isEqualTo(level);
  }
}
