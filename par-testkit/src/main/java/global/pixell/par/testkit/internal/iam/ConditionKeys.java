package global.pixell.par.testkit.internal.iam;

import global.pixell.par.testkit.internal.text.DidYouMean;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The known condition keys. A policy with a misspelt key must fail to load: the key would count as
 * absent and, under a negated operator, grant permission.
 *
 * <p>Source: the global condition keys of the IAM user guide and those of Amazon S3 in the service
 * authorization reference. For keys of other services only the form is checked, because a statement
 * with such a key is never about S3.
 *
 * <p>{@code ConditionContextBuilder} finds the values in a request to S3. A key that it never finds
 * does not apply to the fake, which has no VPC, organization, federation or access point, or
 * belongs to an operation that answers 501.
 */
final class ConditionKeys {

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9-]+:[A-Za-z0-9_.:/=+@ -]+");

  private static final List<String> EXACT =
      List.of(
          // About the caller.
          "aws:PrincipalArn",
          "aws:PrincipalAccount",
          "aws:PrincipalOrgID",
          "aws:PrincipalOrgPaths",
          "aws:PrincipalIsAWSService",
          "aws:PrincipalServiceName",
          "aws:PrincipalServiceNamesList",
          "aws:PrincipalType",
          "aws:userid",
          "aws:username",
          "aws:FederatedProvider",
          "aws:MultiFactorAuthAge",
          "aws:MultiFactorAuthPresent",
          "aws:SourceIdentity",
          "aws:TokenIssueTime",
          "aws:Ec2InstanceSourceVpc",
          "aws:Ec2InstanceSourcePrivateIPv4",
          "aws:AssumedRoot",
          "aws:ChatbotSourceArn",
          "ec2:RoleDelivery",
          "ec2:SourceInstanceArn",
          // About the network and the resource.
          "aws:SourceIp",
          "aws:SourceVpc",
          "aws:SourceVpcArn",
          "aws:SourceVpce",
          "aws:VpcSourceIp",
          "aws:VpceAccount",
          "aws:VpceOrgID",
          "aws:VpceOrgPaths",
          "aws:ResourceAccount",
          "aws:ResourceOrgID",
          "aws:ResourceOrgPaths",
          // About the request.
          "aws:CalledVia",
          "aws:CalledViaFirst",
          "aws:CalledViaLast",
          "aws:ViaAWSService",
          "aws:CurrentTime",
          "aws:EpochTime",
          "aws:referer",
          "aws:RequestedRegion",
          "aws:TagKeys",
          "aws:SecureTransport",
          "aws:SourceAccount",
          "aws:SourceArn",
          "aws:SourceOrgID",
          "aws:SourceOrgPaths",
          "aws:UserAgent",
          "aws:IsMcpServiceAction",
          // Amazon S3.
          "s3:prefix",
          "s3:delimiter",
          "s3:max-keys",
          "s3:VersionId",
          "s3:versionid",
          "s3:authType",
          "s3:signatureAge",
          "s3:signatureversion",
          "s3:TlsVersion",
          "s3:ResourceAccount",
          "s3:LocationConstraint",
          "s3:locationconstraint",
          "s3:RequestObjectTagKeys",
          "s3:DataAccessPointAccount",
          "s3:DataAccessPointArn",
          "s3:AccessPointNetworkOrigin",
          "s3:AccessGrantsInstanceArn",
          "s3:ObjectCreationOperation",
          "s3:InventoryAccessibleOptionalFields",
          "s3:if-match",
          "s3:if-none-match",
          "s3:object-lock-mode",
          "s3:object-lock-legal-hold",
          "s3:object-lock-remaining-retention-days",
          "s3:object-lock-retain-until-date",
          "s3:x-amz-acl",
          "s3:x-amz-content-sha256",
          "s3:x-amz-copy-source",
          "s3:x-amz-grant-full-control",
          "s3:x-amz-grant-read",
          "s3:x-amz-grant-read-acp",
          "s3:x-amz-grant-write",
          "s3:x-amz-grant-write-acp",
          "s3:x-amz-metadata-directive",
          "s3:x-amz-object-ownership",
          "s3:x-amz-server-side-encryption",
          "s3:x-amz-server-side-encryption-aws-kms-key-id",
          "s3:x-amz-server-side-encryption-customer-algorithm",
          "s3:x-amz-storage-class",
          "s3:x-amz-website-redirect-location");

  /** Keys that end in the name of a tag. */
  private static final List<String> FAMILIES =
      List.of(
          "aws:PrincipalTag/",
          "aws:RequestTag/",
          "aws:ResourceTag/",
          "s3:BucketTag/",
          "s3:ExistingObjectTag/",
          "s3:RequestObjectTag/");

  private static final List<String> OF_SERVICE =
      List.of("aws:tagkeys", "aws:requesttag/", "aws:resourcetag/", "aws:resource");

  /** S3 does not consider a policy public if it depends on one of these keys. */
  private static final Set<String> OF_CALLER =
      Stream.of(
              "aws:PrincipalAccount",
              "aws:PrincipalArn",
              "aws:PrincipalOrgID",
              "aws:PrincipalOrgPaths",
              "aws:SourceAccount",
              "aws:SourceArn",
              "aws:SourceIp",
              "aws:SourceVpc",
              "aws:SourceVpce",
              "aws:userid",
              "s3:DataAccessPointAccount",
              "s3:DataAccessPointArn",
              "s3:x-amz-server-side-encryption-aws-kms-key-id")
          .map(ConditionKeys::folded)
          .collect(Collectors.toUnmodifiableSet());

  private static final Map<String, String> KNOWN =
      EXACT.stream()
          .collect(Collectors.toMap(ConditionKeys::folded, Function.identity(), (a, b) -> a));

  private ConditionKeys() {}

  /** The form used for lookups: condition keys are case-insensitive. */
  static String folded(String key) {
    return key.toLowerCase(Locale.ROOT);
  }

  /** Whether a condition on this key restricts the caller or the caller's location. */
  static boolean narrowsCaller(String key) {
    return OF_CALLER.contains(folded(key));
  }

  /** Whether only the called service knows this key's value. */
  static boolean isOfService(String key) {
    String folded = folded(key);
    boolean common = folded.startsWith("aws:") || folded.startsWith("s3:");
    return !common || OF_SERVICE.stream().anyMatch(folded::startsWith);
  }

  /**
   * Refuses unknown condition keys.
   *
   * @throws IllegalArgumentException naming the nearest known key
   */
  static void check(String key) {
    if (!FORM.matcher(key).matches()) {
      throw new IllegalArgumentException(
          "\"" + key + "\" is not a condition key; write service:name, such as s3:prefix");
    }
    String folded = folded(key);
    boolean ours = folded.startsWith("aws:") || folded.startsWith("s3:");
    boolean tag =
        FAMILIES.stream()
            .map(ConditionKeys::folded)
            .anyMatch(family -> folded.startsWith(family) && folded.length() > family.length());
    if (ours && !tag && !KNOWN.containsKey(folded)) {
      throw new IllegalArgumentException(
          "the condition key \""
              + key
              + "\" is not known"
              + DidYouMean.suggestion(
                  key, Stream.concat(EXACT.stream(), FAMILIES.stream()).toList()));
    }
  }
}
