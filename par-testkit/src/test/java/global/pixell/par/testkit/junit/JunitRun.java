package global.pixell.par.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs a sample class with JUnit, its tests in parallel. */
final class JunitRun {

  private JunitRun() {}

  /** The number of tests; all must pass. */
  static long passed(Class<?> tests) {
    TestExecutionSummary summary = of(tests);
    assertThat(summary.getFailures())
        .extracting(TestExecutionSummary.Failure::getException)
        .isEmpty();
    return summary.getTestsSucceededCount();
  }

  /** The messages of the failed tests, sorted. */
  static List<String> failures(Class<?> tests) {
    return of(tests).getFailures().stream()
        .map(failure -> String.valueOf(failure.getException().getMessage()))
        .sorted()
        .toList();
  }

  static TestExecutionSummary of(Class<?> tests) {
    var summary = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(tests))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter(
                    "junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter(
                    "junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .build(),
            summary);
    return summary.getSummary();
  }
}
