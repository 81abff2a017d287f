package global.pixell.par;

/**
 * What an archive became.
 *
 * @param entries entries of the archive, skipped ones included
 * @param files regular files in the tree
 * @param bytes bytes in these files
 * @param skipped entries left out on purpose: {@code __MACOSX/} and {@code .DS_Store}
 */
record UnpackedTree(int entries, int files, long bytes, int skipped) {}
