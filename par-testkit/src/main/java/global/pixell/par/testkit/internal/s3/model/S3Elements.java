package global.pixell.par.testkit.internal.s3.model;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.StoredObject.StoredChecksum;
import java.util.Optional;

/** Elements that several of S3's XML documents share. */
public final class S3Elements {
  private S3Elements() {}

  /** Writes a principal in a role, such as Owner. */
  public static void principal(XmlWriter xml, String role, Principal principal) {
    xml.open(role)
        .element("ID", principal.canonicalId())
        .element("DisplayName", principal.displayName())
        .close();
  }

  /** Writes a checksum and its type. */
  public static void checksum(XmlWriter xml, StoredChecksum checksum) {
    xml.element(checksum.algorithm().element(), checksum.value())
        .element("ChecksumType", checksum.type());
  }

  /** Writes time, ETag, checksum, size, owner and storage class of an object in a listing. */
  public static void object(XmlWriter xml, StoredObject object, Optional<Principal> owner) {
    xml.element("LastModified", S3Dates.xml(object.modified()))
        .element("ETag", object.quotedETag())
        .element("ChecksumAlgorithm", object.checksum().algorithm())
        .element("ChecksumType", object.checksum().type())
        .element("Size", object.size());
    owner.ifPresent(each -> principal(xml, "Owner", each));
    xml.element("StorageClass", object.storageClass());
  }
}
