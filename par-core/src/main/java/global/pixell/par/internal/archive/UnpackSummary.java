package global.pixell.par.internal.archive;

/**
 * The size of an unpacked archive.
 *
 * @param entries entries of the archive, skipped ones included
 * @param files regular files in the tree
 * @param bytes bytes in these files
 * @param skipped entries left out on purpose: {@code __MACOSX/} and {@code .DS_Store}
 */
public record UnpackSummary(int entries, int files, long bytes, int skipped) {}
