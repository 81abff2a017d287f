package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The evaluator against the examples of the CloudWatch Logs user guide. */
class FilterPatternTest {

  private static final String TRAIL =
      """
      {"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
       "arrayKey": ["value", "another value"],
       "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
       "SomeObject": null, "ThisFlag": true}
      """;

  private static final String USERS =
      """
      {"user": {"id": 1, "email": "John.Stiles@example.com"},
       "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
       "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ $.eventType = \"UpdateTrail\" }",
        "{ $.sourceIPAddress != 123.123.* }",
        "{ $.arrayKey[0] = \"value\" }",
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.ThisFlag IS TRUE }"
      })
  void the_guides_single_conditions_match_its_event(String pattern) {
    assertThat(FilterPattern.parse(pattern).matches(TRAIL)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "{ ($.user.id = 1) && ($.users[0].email = \"John.Doe@example.com\") }; true",
        "{ ($.user.id = 2 && $.users[0].email = \"nonmatch\") || $.actions[2] = \"GET\" }; false",
        "{ $.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }; true",
        "{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }; false"
      })
  void the_guides_compound_conditions_match_as_it_says(String pattern, boolean matches) {
    assertThat(FilterPattern.parse(pattern).matches(USERS)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "{ $.latency >= 500 }; {\"latency\": 500}; true",
        "{ $.numbers[0] < 10e3 }; {\"numbers\": [9999]}; true",
        "{ $.numbers[0] < 10e-3 }; {\"numbers\": [1]}; false",
        "{ $.processes[4].averageRuntime <= 55.5 }; {\"processes\": [0,0,0,0,{\"averageRuntime\": 55.5}]}; true",
        "{ $.errorCode = 400 }; {\"errorCode\": 400}; true",
        "{ $.errorCode = 400 }; {\"errorCode\": \"400\"}; false",
        "{ $.errorCode != 500 }; {\"errorCode\": 500}; false",
        "{ $.latency > +1000 }; {\"latency\": 1000}; false",
        "{ $.latency = * }; {\"latency\": 7}; true",
        "{ $.foo = bar || $.foo = baz }; {\"foo\": \"baz\"}; true",
        "{ $.name = *Event }; {\"name\": \"PutEvent\"}; true",
        "{ $.name = Event* }; {\"name\": \"EventId\"}; true",
        "{ $.name = Ev*ent }; {\"name\": \"Event\"}; false",
        "{ $.name = Ev*ent }; {\"name\": \"Ev*ent\"}; true",
        "{ $.users = 1 }; {\"users\": [1, 2, 3]}; false",
        "{ $.users != 1 }; {\"users\": [1, 2, 3]}; false",
        "{ $.absent != 1 }; {\"users\": 2}; false",
        "{ $.a = 1 }; not JSON at all; false",
        "{ $.a = 1 }; [1]; false"
      })
  void values_compare_as_the_guide_says(String pattern, String event, boolean matches) {
    assertThat(FilterPattern.parse(pattern).matches(event)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$.event = \"x\"",
        "{ $.event = }",
        "{ event = \"x\" }",
        "{ $.event == \"x\" }",
        "{ $.event = \"Runtime failed }",
        "{ $.event = Runtime failed }",
        "{ ($.a = 1 }",
        "{ $.a = 1 && }",
        "{ $.a = 1 & $.b = 2 }",
        "{ $.a = 1 $.b = 2 }",
        "{ $.a < \"x\" }",
        "{ $.a IS MISSING }",
        "{ $.a NOT NULL }",
        "{ $.event = a@b }",
        "{ }"
      })
  void a_pattern_that_the_guide_does_not_describe_is_refused(String pattern) {
    assertThatThrownBy(() -> FilterPattern.parse(pattern))
        .isInstanceOf(FilterPattern.Refused.class);
  }
}
