package global.pixell.par.testkit.internal.service;

import com.fasterxml.jackson.databind.node.TextNode;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.service.OtherServices.Reply;
import global.pixell.par.testkit.internal.service.OtherServices.ServiceCall;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Writes an answer of a service other than S3, in the protocol of the request. */
record ServiceResponse(ServiceCall call, Target target, String requestId) {

  /** The protocol of a service. */
  enum Protocol {
    JSON,
    QUERY,
    EC2,
    REST
  }

  /** The service and operation that a request addresses. */
  record Target(String service, String region, String operation, Protocol protocol) {

    /** Services whose name in signatures differs from the prefix in policies. */
    private static final Map<String, String> IAM_PREFIX =
        Map.of("monitoring", "cloudwatch", "email", "ses");

    String prefix() {
      return IAM_PREFIX.getOrDefault(service, service);
    }

    String action() {
      return prefix() + ":" + operation;
    }
  }

  ServiceResponse(ServiceCall call, Target target) {
    this(call, target, UUID.randomUUID().toString());
  }

  Reply denied(String sentence) {
    return switch (target.protocol()) {
      case JSON -> error(400, "AccessDeniedException", sentence);
      case REST -> error(403, "AccessDeniedException", sentence);
      case QUERY -> error(403, "AccessDenied", sentence);
      case EC2 -> error(403, "UnauthorizedOperation", sentence);
    };
  }

  Reply error(int status, String code, String message) {
    return switch (target.protocol()) {
      case JSON ->
          json(
              status,
              Map.of(),
              "{\"__type\":" + text(jsonCode(code)) + ",\"message\":" + text(message) + "}");
      case REST ->
          json(status, Map.of("x-amzn-ErrorType", code), "{\"message\":" + text(message) + "}");
      case QUERY ->
          xml(
              status,
              XmlWriter.document("ErrorResponse", namespace())
                  .open("Error")
                  .element("Type", "Sender")
                  .element("Code", code)
                  .element("Message", message)
                  .close()
                  .element("RequestId", requestId));
      case EC2 ->
          xml(
              status,
              XmlWriter.document("Response", "")
                  .open("Errors")
                  .open("Error")
                  .element("Code", code)
                  .element("Message", message)
                  .close()
                  .close()
                  .element("RequestID", requestId));
    };
  }

  /** A result with these elements, for protocols that have one. */
  Reply success(Map<String, String> result) {
    String operation = xmlName(target.operation());
    return switch (target.protocol()) {
      case JSON, REST -> json(200, Map.of(), "{}");
      case QUERY -> {
        XmlWriter xml =
            XmlWriter.document(operation + "Response", namespace()).open(operation + "Result");
        result.forEach(xml::element);
        xml.close().open("ResponseMetadata").element("RequestId", requestId);
        yield xml(200, xml);
      }
      case EC2 ->
          xml(
              200,
              XmlWriter.document(operation + "Response", namespace())
                  .element("requestId", requestId));
    };
  }

  /** Only DynamoDB prefixes the code with a namespace. */
  private String jsonCode(String code) {
    return target.service().equals("dynamodb") ? "com.amazon.coral.service#" + code : code;
  }

  private String namespace() {
    String scheme =
        target.service().equals("iam") || target.service().equals("sts") ? "https" : "http";
    String version =
        call.parameter("Version").filter(text -> text.matches("[0-9-]+")).orElse("latest");
    return scheme + "://" + target.service() + ".amazonaws.com/doc/" + version + "/";
  }

  private Reply json(int status, Map<String, String> more, String body) {
    String type =
        target.protocol() == Protocol.REST
            ? "application/json"
            : call.header("Content-Type")
                .filter(each -> each.startsWith("application/x-amz-json-1."))
                .orElse("application/x-amz-json-1.1");
    return reply(status, type, more, body);
  }

  private Reply xml(int status, XmlWriter document) {
    return reply(status, "text/xml", Map.of(), document.toString());
  }

  private Reply reply(int status, String type, Map<String, String> more, String body) {
    Map<String, String> headers = new LinkedHashMap<>(more);
    headers.put("Content-Type", type);
    headers.put("x-amzn-RequestId", requestId);
    return new Reply(status, headers, body);
  }

  /** Translates S3's error for an invalid signature into the service's error. */
  Reply refused(S3ErrorException failure) {
    return switch (failure.code()) {
      case "InvalidAccessKeyId", "InvalidToken" ->
          failed(
              "InvalidClientTokenId",
              "UnrecognizedClientException",
              "The security token included in the request is invalid.");
      case "ExpiredToken" ->
          failed(
              "ExpiredToken",
              "ExpiredTokenException",
              "The security token included in the request is expired");
      case "SignatureDoesNotMatch" ->
          failed(
              "SignatureDoesNotMatch",
              "InvalidSignatureException",
              "The request signature we calculated does not match the signature you provided."
                  + " Check your AWS Secret Access Key and signing method. Consult the service"
                  + " documentation for details.");
      case "RequestTimeTooSkewed", "AccessDenied" ->
          failed(
              "SignatureDoesNotMatch",
              "InvalidSignatureException",
              "Signature expired or not yet current: " + failure.getMessage());
      default ->
          failed(
              "IncompleteSignature",
              "IncompleteSignatureException",
              String.valueOf(failure.getMessage()));
    };
  }

  private Reply failed(String queryCode, String jsonCode, String message) {
    return switch (target.protocol()) {
      case JSON -> error(400, jsonCode, message);
      case REST -> error(403, jsonCode, message);
      case QUERY -> error(403, queryCode, message);
      case EC2 ->
          error(401, "AuthFailure", "AWS was not able to validate the provided access credentials");
    };
  }

  /**
   * Removes characters that an element name cannot have, because the operation comes from the
   * request.
   */
  private static String xmlName(String operation) {
    return operation.replaceAll("[^A-Za-z0-9]", "");
  }

  private static String text(String value) {
    return new TextNode(value).toString();
  }
}
