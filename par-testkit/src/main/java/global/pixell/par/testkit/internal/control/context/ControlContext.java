package global.pixell.par.testkit.internal.control.context;

import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the control API shows and changes besides the server itself.
 *
 * @param access who may use it
 * @param endpoint the address of the fake for programs on this host
 * @param environment the variables that point a client at the fake
 * @param owner the default identity
 * @param directory the directory whose folders are the buckets; empty for buckets in memory
 */
public record ControlContext(
    ControlAccess access,
    Supplier<URI> endpoint,
    Supplier<Map<String, String>> environment,
    Credentials owner,
    Optional<Path> directory,
    ClockControl clock,
    EventLog events,
    Attachments attachments) {}
