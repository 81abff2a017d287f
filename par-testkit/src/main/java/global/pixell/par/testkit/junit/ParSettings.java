package global.pixell.par.testkit.junit;

import global.pixell.par.testkit.junit.ParTest.Check;
import global.pixell.par.testkit.junit.ParTest.Scope;

/** What a test asks for, with the defaults of {@link ParTest}. */
record ParSettings(Scope scope, String stubs, Check unmatched, Check unusedFaults) {

  static ParSettings of(ParTest annotation) {
    return new ParSettings(
        annotation.scope(), annotation.stubs(), annotation.unmatched(), annotation.unusedFaults());
  }

  boolean hasStubs() {
    return !stubs.isEmpty();
  }

  boolean isShared() {
    return scope == Scope.CLASS;
  }
}
