package global.pixell.par.testkit.cli.dev;

import global.pixell.par.testkit.internal.control.context.AgentBoard;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.util.Map;

/** Reports the steps of {@code dev} to the control API. */
final class DevControl implements DevListener {

  private final AgentBoard board;

  DevControl(AgentBoard board) {
    this.board = board;
  }

  @Override
  public void packed(PackageFolder.Packed packed) {
    board.packed(
        packed.id(),
        packed.inspection().digest().hex(),
        packed.inspection().packageBytes(),
        packed.leftOut(),
        packed.warnings());
  }

  @Override
  public void notPacked(String reason) {
    board.notPacked(reason);
  }

  @Override
  public void started(long pid, Map<String, String> environment) {
    board.started(pid, environment);
  }

  @Override
  public void line(String text, Map<String, ?> fields) {
    board.line(text, fields);
  }

  @Override
  public void ended(int exitCode, String reason) {
    board.ended(exitCode, reason);
  }
}
