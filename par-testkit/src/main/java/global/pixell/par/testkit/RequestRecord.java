package global.pixell.par.testkit;

import java.util.List;

/**
 * One request, as it was answered; for what each part means, see the public record of the same
 * parts.
 */
record RequestRecord(
    String operation,
    String bucket,
    String key,
    String range,
    int status,
    long bytes,
    Principal principal,
    List<Trail.Entry> accesses,
    String fault) {}
