package global.pixell.par.launcher.doctor;

/** The steps of the troubleshooting guide. */
final class Guide {

  static final String GET_OBJECT = "S3 Access Denied, step 1";
  static final String BUCKET_POLICY = "S3 Access Denied, step 2";
  static final String ALLOWED_BUCKET = "S3 Access Denied, step 3";
  static final String ENDPOINT = "S3 Access Denied, step 4";
  static final String WHEELHOUSE = "ECS Task Won't Start, step 3";
  static final String LOG = "Container Exits Immediately, step 1";
  static final String AGENT_APP_ID = "Container Exits Immediately, step 2";
  static final String PACKAGE_URL = "Container Exits Immediately, step 3";
  static final String OBJECT = "Container Exits Immediately, step 4";
  static final String NONE = "";

  private Guide() {}

  /** The step that is about a variable. */
  static String ofVariable(String name, String fault) {
    return switch (name) {
      case "AGENT_APP_ID" -> AGENT_APP_ID;
      case "S3_BUCKET" -> ALLOWED_BUCKET;
      case "WHEELHOUSE_DIR" -> WHEELHOUSE;
      case "PACKAGE_URL", "PACKAGE_NAME", "AGENT_PACKAGE_PATH", "PACKAGE_SHA256" ->
          fault.contains("S3_BUCKET") ? ALLOWED_BUCKET : PACKAGE_URL;
      default -> LOG;
    };
  }
}
