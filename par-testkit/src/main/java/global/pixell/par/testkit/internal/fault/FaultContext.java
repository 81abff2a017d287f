package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.Sleeper;
import global.pixell.par.testkit.internal.s3.object.ObjectSeeder;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.time.InstantSource;

/** The parts of a request and its connection that a fault can use. */
public record FaultContext(
    S3Request request,
    ObjectSeeder objects,
    HttpConnection connection,
    InstantSource clock,
    Sleeper sleeper) {}
