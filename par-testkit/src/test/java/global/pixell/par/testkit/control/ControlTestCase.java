package global.pixell.par.testkit.control;

import global.pixell.par.testkit.FakeS3;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of the control API that share one fake in each class. */
abstract class ControlTestCase {

  static FakeS3 s3;
  static ControlClient control;

  @BeforeAll
  static void start() {
    s3 = FakeS3.start();
    control = new ControlClient(s3);
  }

  @AfterAll
  static void close() {
    s3.close();
  }
}
