package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.iam.PolicyUsage;
import global.pixell.par.testkit.internal.s3.request.RequestJournal;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /_par/policy} and {@code /_par/grants}: what the default identity may do, and does. */
public final class PolicyResource {

  private final Credentials owner;
  private final RequestJournal journal;
  private final EventLog events;

  public PolicyResource(Credentials owner, RequestJournal journal, EventLog events) {
    this.owner = owner;
    this.journal = journal;
    this.events = events;
  }

  private Map<String, ?> fields() {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("principal", owner.principal().arn());
    fields.put("policy", policy().map(policy -> parsed(policy.json())).orElse(null));
    return fields;
  }

  /** Empty for full access. */
  private Optional<PolicyDocument> policy() {
    List<PolicyDocument> policies = owner.policies();
    return policies.contains(PolicyDocument.FULL_ACCESS)
        ? Optional.empty()
        : Optional.of(PolicyDocument.join(policies));
  }

  /** The reader of policies has read the same text. */
  private static Map<String, ?> parsed(String json) {
    try {
      return Json.read(json);
    } catch (IOException e) {
      throw new IllegalStateException("a policy is not JSON: " + json, e);
    }
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    return ControlResponse.json(fields());
  }

  public ControlResponse put(ControlRequest request) throws IOException, ControlException {
    request.requirePath(1);
    request.requireOnly();
    return set(PolicyDocument.parse(request.text()));
  }

  public ControlResponse delete(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    return set(PolicyDocument.FULL_ACCESS);
  }

  private ControlResponse set(PolicyDocument policy) {
    owner.policies(List.of(policy));
    events.publish("policy", this::fields);
    return ControlResponse.json(fields());
  }

  public ControlResponse grants(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    Optional<PolicyUsage> usage =
        policy().map(policy -> PolicyUsage.of(journal.accessesOf(owner.principal()), policy));
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("policy", usage.map(PolicyUsage::policy).orElse(null));
    fields.put("unused", usage.map(PolicyUsage::unused).orElse(List.of()));
    fields.put("missing", usage.map(PolicyUsage::missing).orElse(List.of()));
    fields.put("exact", usage.map(PolicyUsage::holds).orElse(false));
    return ControlResponse.json(fields);
  }
}
