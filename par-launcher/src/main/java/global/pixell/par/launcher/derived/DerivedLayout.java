package global.pixell.par.launcher.derived;

import global.pixell.par.Digest;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.io.ProcessId;
import java.nio.file.Path;

/**
 * The paths of derived directories: {@code <cache>/v1/derived/<kind>-<key>/}, with {@code
 * <kind>-<key>.seal} and {@code <kind>-<key>.files} beside it; {@code leases/} and {@code tmp/}.
 */
record DerivedLayout(Path root) {

  static DerivedLayout of(ParConfig config) {
    return new DerivedLayout(config.cache().directory().resolve("v1").resolve("derived"));
  }

  Path place(String kind, Digest key) {
    return root.resolve(kind + "-" + key.hex());
  }

  Path leases() {
    return root.resolve("leases");
  }

  Path temporary() {
    return root.resolve("tmp");
  }

  /** A path of this process for a temporary file or directory. */
  Path newTemporary(Path place, String purpose) {
    return temporary().resolve(ProcessId.current() + "." + place.getFileName() + "." + purpose);
  }
}
