package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The extra fields that change what an entry is; the others (times, owners, padding) are ignored.
 * APPNOTE 6.3.10, sections 4.5 and 4.6.
 */
final class ZipExtra {

  private static final int ZIP64 = 0x0001;
  private static final int PKWARE_UNIX = 0x000d;
  private static final int PKWARE_STRONG_ENCRYPTION = 0x0017;
  private static final int UNICODE_PATH = 0x7075;
  private static final int ASI_UNIX = 0x756e;
  private static final int WINZIP_AES = 0x9901;

  /** Times and owner; the target of a link or the number of a device may follow. */
  private static final int PKWARE_UNIX_FIXED = 12;

  private static final long SENTINEL_32 = 0xffff_ffffL;
  private static final int SENTINEL_16 = 0xffff;

  /** The extra fields of a header without any. */
  static final ZipExtra NONE = new ZipExtra("", null);

  private final String name;
  private final @Nullable ByteBuffer zip64;

  private ZipExtra(String name, @Nullable ByteBuffer zip64) {
    this.name = name;
    this.zip64 = zip64;
  }

  /**
   * Reads the extra fields of one header.
   *
   * @param name the entry's name, as written
   * @param rawName the bytes of the name in the header
   * @param extra the bytes of the fields, no others
   * @throws ParException of kind {@code BAD_PACKAGE} for a link, an encrypted entry, a second name
   *     or malformed fields
   */
  static ZipExtra parse(String name, byte[] rawName, ByteBuffer extra) {
    ByteBuffer zip64 = null;
    // Fewer than four bytes at the end are the padding of aligned archives.
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      int length = extra.getShort() & 0xffff;
      if (length > extra.remaining()) {
        throw ArchiveErrors.damaged(
            name,
            String.format(
                "has an extra field 0x%04x of %d bytes where only %d are left.",
                id, length, extra.remaining()));
      }
      ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      extra.position(extra.position() + length);
      switch (id) {
        case ZIP64 -> {
          if (zip64 != null) {
            throw ArchiveErrors.damaged(name, "has two zip64 fields; only one may say its sizes.");
          }
          zip64 = field;
        }
        case PKWARE_UNIX -> refuseLink(name, length > PKWARE_UNIX_FIXED);
        case ASI_UNIX -> refuseAsiLink(name, field);
        case UNICODE_PATH -> refuseSecondName(name, rawName, field);
        case PKWARE_STRONG_ENCRYPTION, WINZIP_AES ->
            throw ArchiveErrors.entry(
                name, "is encrypted; packages are not.", "Build the package without a password.");
        default -> {}
      }
    }
    return new ZipExtra(name, zip64);
  }

  /** The size from the header, or from the zip64 field if the header refers to it. */
  long next(long inHeader) {
    if (inHeader != SENTINEL_32 || zip64 == null) {
      return inHeader;
    }
    if (zip64.remaining() < 8) {
      throw ArchiveErrors.damaged(name, "has a zip64 field that is too short for its sizes.");
    }
    long value = zip64.getLong();
    if (value < 0) {
      throw ArchiveErrors.damaged(
          name, "has the number " + Long.toUnsignedString(value) + " in its zip64 field.");
    }
    return value;
  }

  /** The disk number, which is the last number of the zip64 field. */
  long nextDisk(int inHeader) {
    if (inHeader != SENTINEL_16 || zip64 == null || zip64.remaining() < 4) {
      return inHeader;
    }
    return zip64.getInt() & 0xffff_ffffL;
  }

  private static void refuseLink(String name, boolean link) {
    if (link) {
      throw ArchiveErrors.entry(
          name,
          "is a link or a device by its unix field; a package holds files and folders only.",
          "Put a copy of the content into the package instead.");
    }
  }

  private static void refuseAsiLink(String name, ByteBuffer field) {
    if (field.remaining() < 14) {
      throw ArchiveErrors.damaged(name, "has a unix field that is too short.");
    }
    ZipMode.refuseSpecial(name, field.getShort(4) & 0xffff, true);
    refuseLink(name, field.remaining() > 14);
  }

  /** A field for another name (by its CRC) is ignored; one with a different name is refused. */
  private static void refuseSecondName(String name, byte[] rawName, ByteBuffer field) {
    if (field.remaining() < 5) {
      throw ArchiveErrors.damaged(name, "has a field for its Unicode name that is too short.");
    }
    CRC32 crc = new CRC32();
    crc.update(rawName);
    field.get();
    if ((field.getInt() & 0xffff_ffffL) != crc.getValue()) {
      return;
    }
    byte[] second = new byte[field.remaining()];
    field.get(second);
    if (!Arrays.equals(second, rawName)) {
      throw ArchiveErrors.entry(
          name,
          "has a second name, "
              + ArchiveErrors.quoted(new String(second, StandardCharsets.UTF_8))
              + ", in an extra field; readers would disagree.",
          "Build the package with a tool that writes UTF-8 names.");
    }
  }
}
