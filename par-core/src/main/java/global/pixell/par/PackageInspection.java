package global.pixell.par;

import java.util.List;
import java.util.Map;

/**
 * The content of a package file.
 *
 * @param manifest its manifest
 * @param digest the digest of the file
 * @param entries how many entries would be unpacked
 * @param packageBytes the size of the file
 * @param unpackedBytes the size of its content
 * @param bytesByFolder the size of the content of each top-level folder, {@code .} for the files at
 *     the top
 * @param warnings what a boot would warn about
 */
public record PackageInspection(
    AgentManifest manifest,
    Digest digest,
    int entries,
    long packageBytes,
    long unpackedBytes,
    Map<String, Long> bytesByFolder,
    List<String> warnings) {}
