package global.pixell.par.testkit;

/** All that a fault may reach of the request it befalls. */
record Exchange(
    S3Request request, Fixtures objects, HttpConnection connection, Sleeper clock) {}
