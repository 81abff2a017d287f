package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.Sleeper;
import global.pixell.par.testkit.internal.s3.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.S3Request;

/** All that a fault may reach of the request it befalls. */
public record FaultContext(
    S3Request request, ObjectSeeder objects, HttpConnection connection, Sleeper clock) {}
