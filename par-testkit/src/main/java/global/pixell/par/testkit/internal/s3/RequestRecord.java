package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;

/**
 * One request, as it was answered; for what each part means, see the public record of the same
 * parts.
 */
public record RequestRecord(
    String operation,
    String bucket,
    String key,
    String range,
    int status,
    long bytes,
    Principal principal,
    List<RequestAudit.Entry> accesses,
    String fault) {}
