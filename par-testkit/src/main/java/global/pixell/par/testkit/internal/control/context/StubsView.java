package global.pixell.par.testkit.internal.control.context;

import java.net.URI;
import java.util.List;
import java.util.Map;

/** The stubs that run beside the fake, as the control API shows them. Thread-safe. */
public interface StubsView {

  URI url();

  /** How many stubs there are. */
  int mappings();

  /** The calls that no stub answered, as JSON: {@code method}, {@code url}, {@code near_misses}. */
  List<Map<String, ?>> unmatched();

  /** Forgets the calls so far. */
  void resetRequests();

  /** Forgets the calls, the states of scenarios, and the stubs that clients added. */
  void reset();
}
