package global.pixell.par;

import java.util.List;
import java.util.Map;

/**
 * The content of a package file. Sizes are in bytes.
 *
 * @param manifest its manifest
 * @param digest the digest of the file
 * @param entries the number of entries that a boot would unpack
 * @param packageBytes the size of the file
 * @param unpackedBytes the size of its unpacked content
 * @param bytesByFolder the unpacked size of each top-level folder; {@code .} stands for the files
 *     at the top
 * @param warnings the warnings that a boot would give
 */
public record PackageInspection(
    AgentManifest manifest,
    Digest digest,
    int entries,
    long packageBytes,
    long unpackedBytes,
    Map<String, Long> bytesByFolder,
    List<String> warnings) {}
