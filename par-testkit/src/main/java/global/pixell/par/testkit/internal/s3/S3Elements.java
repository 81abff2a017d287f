package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.model.Xml;

/** Elements that several of S3's documents share. */
final class S3Elements {
  private S3Elements() {}

  /** Somebody in a role, such as Owner. */
  static String who(String name, Principal principal) {
    return "<"
        + name
        + ">"
        + Xml.element("ID", principal.canonicalId())
        + Xml.element("DisplayName", principal.displayName())
        + "</"
        + name
        + ">";
  }

  /** A checksum and its type. */
  static String checksum(StoredObject.StoredChecksum checksum) {
    return Xml.element(checksum.algorithm().element(), checksum.value())
        + Xml.element("ChecksumType", checksum.type());
  }
}
