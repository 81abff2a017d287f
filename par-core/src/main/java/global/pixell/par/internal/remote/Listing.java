package global.pixell.par.internal.remote;

import java.util.List;

/**
 * The folders and objects directly below a prefix of a bucket.
 *
 * @param folders the common prefixes, each ending in {@code /}
 * @param keys the whole keys of the objects
 */
public record Listing(List<String> folders, List<String> keys) {}
