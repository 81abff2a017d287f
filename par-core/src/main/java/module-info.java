/**
 * Fetches agent packages; start at {@link global.pixell.par.Par}.
 *
 * <p>Every AWS module whose types the code names is required by name: an automatic module reads all
 * others, but only required modules and their dependencies are part of the host's module graph.
 */
@SuppressWarnings({
  "requires-automatic", // The AWS SDK and resilience4j have stable automatic names and no others.
  "module" // The launcher and the testkit are not on the module path of this compilation.
})
module global.pixell.par {
  requires com.fasterxml.jackson.core;
  requires io.github.resilience4j.core;
  requires io.github.resilience4j.retry;
  requires java.xml;
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires org.yaml.snakeyaml;
  requires software.amazon.awssdk.auth;
  requires software.amazon.awssdk.awscore;
  requires software.amazon.awssdk.core;
  requires software.amazon.awssdk.endpoints;
  requires software.amazon.awssdk.http;
  requires software.amazon.awssdk.http.auth.aws;
  requires software.amazon.awssdk.http.auth.spi;
  requires software.amazon.awssdk.http.urlconnection;
  requires software.amazon.awssdk.identity.spi;
  requires software.amazon.awssdk.profiles;
  requires software.amazon.awssdk.regions;
  requires software.amazon.awssdk.services.s3;
  requires software.amazon.awssdk.utils;

  exports global.pixell.par;
  exports global.pixell.par.internal.cache to
      global.pixell.par.launcher;
  exports global.pixell.par.internal.io to
      global.pixell.par.launcher,
      global.pixell.par.testkit;
  exports global.pixell.par.internal.resolve to
      global.pixell.par.launcher;
  exports global.pixell.par.internal.s3name to
      global.pixell.par.testkit;
  exports global.pixell.par.internal.text to
      global.pixell.par.launcher,
      global.pixell.par.testkit;
}
