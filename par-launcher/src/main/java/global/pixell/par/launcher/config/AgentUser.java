package global.pixell.par.launcher.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The user and the group that the agent runs as, if they are not PAR's own.
 *
 * @param uid at least 1
 * @param gid at least 1
 */
public record AgentUser(long uid, long gid) {

  /** The greatest number is "no user" to the kernel. */
  private static final long MAX_ID = 0xFFFF_FFFEL;

  private static final Pattern FORM = Pattern.compile("(\\d{1,10})(?::(\\d{1,10}))?");

  /** Reads {@code uid} or {@code uid:gid}; the group's default is the user's number. */
  static Optional<AgentUser> parse(String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    long uid = Long.parseLong(m.group(1));
    long gid = m.group(2) == null ? uid : Long.parseLong(m.group(2));
    return uid < 1 || gid < 1 || uid > MAX_ID || gid > MAX_ID
        ? Optional.empty()
        : Optional.of(new AgentUser(uid, gid));
  }

  @Override
  public String toString() {
    return uid + ":" + gid;
  }
}
