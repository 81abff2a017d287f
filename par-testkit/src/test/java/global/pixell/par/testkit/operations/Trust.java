package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The trust policy that a script or a template derives from a document for every account. */
final class Trust {

  private Trust() {}

  /** The document with the account and the tasks for which ECS may take the role. */
  static JsonNode hardened(String file, String partition, String region, String account)
      throws IOException {
    JsonNode trust = Documents.read(file);
    ((ObjectNode) trust.get("Statement").get(0))
        .set(
            "Condition",
            Documents.json(
                """
                {"StringEquals": {"aws:SourceAccount": "%s"},
                 "ArnLike": {"aws:SourceArn": "arn:%s:ecs:%s:%s:*"}}
                """
                    .formatted(account, partition, region, account)));
    return trust;
  }
}
