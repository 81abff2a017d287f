"""The fixture par_s3: content, record, faults, network, permissions."""

import http.client
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

import pytest_par
from pytest_par import DEFAULT_BUCKET, ParError, bandwidth, flip_byte_at, slow_down

boto3 = pytest.importorskip("boto3")
from botocore.exceptions import ClientError  # noqa: E402

KEY = "acme/greeter/1.2.0/greeter.apkg"
READ_ONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{DEFAULT_BUCKET}/acme/*"}],
}


def get(s3, key=KEY, **more):
    return s3.client.get_object(Bucket=DEFAULT_BUCKET, Key=key, **more)["Body"].read()


def test_has_an_empty_default_bucket_and_no_request(par_s3):
    assert par_s3.requests() == []
    assert par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)["KeyCount"] == 0


def test_serves_what_was_put(par_s3, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"from a file")
    par_s3.put(DEFAULT_BUCKET, "a key/with ünusual+signs%2F", "text ü", {"Content-Type": "text/plain"})
    par_s3.put("another-bucket", KEY, file)
    par_s3.put(DEFAULT_BUCKET, "large", b"x" * 1_000_000)

    answer = par_s3.client.get_object(Bucket=DEFAULT_BUCKET, Key="a key/with ünusual+signs%2F")

    assert (answer["Body"].read().decode(), answer["ContentType"]) == ("text ü", "text/plain")
    assert par_s3.client.get_object(Bucket="another-bucket", Key=KEY)["Body"].read() == b"from a file"
    assert len(get(par_s3, "large")) == 1_000_000


def test_a_put_of_the_test_is_no_request_and_meets_no_fault(par_s3):
    par_s3.on_any().always().inject(slow_down())

    par_s3.put(DEFAULT_BUCKET, KEY, b"bytes")

    assert par_s3.requests() == []


def test_a_refused_put_says_why(par_s3):
    with pytest.raises(ParError, match="InvalidStorageClass"):
        par_s3.put(DEFAULT_BUCKET, KEY, b"", {"x-amz-storage-class": "CHEAP"})


def test_reset_leaves_nothing_of_a_test(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"bytes")
    par_s3.create_bucket("another")
    par_s3.policy(READ_ONE)
    par_s3.on_any().always().inject(slow_down())
    par_s3.clock.advance("1h")
    par_s3.clock.freeze()
    par_s3.latency("1h")
    par_s3.disconnect()

    par_s3.reset()

    assert par_s3.requests() == []
    assert [b["Name"] for b in par_s3.client.list_buckets()["Buckets"]] == [DEFAULT_BUCKET]
    assert par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)["KeyCount"] == 0
    assert abs(par_s3.clock.now() - datetime.now(timezone.utc)) < timedelta(minutes=30)


@pytest.mark.parametrize("round", [1, 2])
def test_each_test_starts_anew(par_s3, round):
    assert par_s3.count() == 0
    with pytest.raises(ClientError, match="NoSuchKey"):
        get(par_s3)
    par_s3.put(DEFAULT_BUCKET, KEY, b"of the first test")
    par_s3.on_any().always().inject(slow_down())


def test_faults_happen_in_their_order_and_show_in_the_record(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"0123456789")
    par_s3.on_get("acme/*").times(2).inject(slow_down()).inject(flip_byte_at(0) + bandwidth("1MB"))

    assert get(par_s3) == b"1123456789"

    assert [(one.status, one.error, bool(one.fault)) for one in par_s3.requests("GetObject")] == [
        (503, "SlowDown", True),
        (503, "SlowDown", True),
        (200, "", True),
    ]
    assert par_s3.count(key=KEY, status="5xx") == 2
    par_s3.verify(3).get_object(KEY)
    par_s3.verify(at_least=1, at_most=3).get_object("acme/*", bucket=DEFAULT_BUCKET)
    par_s3.verify(0).put_object()


def test_a_fault_can_be_given_in_the_words_of_the_command_line(par_s3):
    par_s3.fault(f"GET:{KEY}:after=1:internal-error")
    par_s3.on_head(KEY).inject("access-denied")

    assert [text.split(" (")[0] for text in par_s3.pending_faults()] == [
        f"GET:{KEY}:after=1:internal-error",
        f"HEAD:{KEY}:access-denied",
    ]
    par_s3.reset_faults()
    assert par_s3.pending_faults() == []


def test_an_unknown_fault_names_the_nearest(par_s3):
    with pytest.raises(ParError, match="(?s)no fault 'slow-dwn'.*slow-down"):
        par_s3.on_get(KEY).inject("slow-dwn")


def test_every_fault_has_a_function(par_s3):
    words = par_s3._control.get("faults/words")["words"]

    # The server reads no file for a request.
    functions = {word.rstrip("=").replace("-", "_") for word in words} - {"change_to"}

    assert functions <= set(pytest_par.__all__)
    assert functions == set(pytest_par.faults.__all__) - {"Fault"}


def test_the_server_takes_the_words_of_every_function(par_s3):
    moment = datetime(2030, 1, 1, tzinfo=timezone.utc)
    arguments = {
        "bandwidth": ("1MB",),
        "drip": (10, "5ms"),
        "error": (507, "Full", "no: space + left"),
        "flip_byte_at": (1,),
        "reset_at": (1,),
        "slow_first_byte": (timedelta(seconds=1.5),),
        "stall_at": (1, timedelta(milliseconds=20)),
        "truncate_at": ("1kB",),
        "unavailable": ("3s",),
        "unavailable_millis": (250,),
        "unavailable_until": (moment,),
        "wrong_region": ("eu-west-1",),
    }
    for name in set(pytest_par.faults.__all__) - {"Fault"}:
        par_s3.on_get(KEY).inject(getattr(pytest_par, name)(*arguments.get(name, ())))

    assert len(par_s3.pending_faults()) == len(pytest_par.faults.__all__) - 1
    par_s3.reset_faults()


def test_a_moment_needs_a_time_zone():
    with pytest.raises(ParError, match="no time zone"):
        pytest_par.unavailable_until(datetime(2030, 1, 1))


def test_a_failed_verification_lists_all_requests(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"0123456789")
    par_s3.on_get(KEY).inject(slow_down())
    get(par_s3)
    get(par_s3, Range="bytes=0-3")

    with pytest.raises(AssertionError) as failure:
        par_s3.verify(1).get_object(KEY)

    lines = str(failure.value).splitlines()
    assert lines[0] == f"expected 1 request (GetObject, key {KEY}), and there were 3; all 3 requests:"
    assert lines[1].startswith(f"  GetObject        503 {DEFAULT_BUCKET}/{KEY} ")
    assert "fault: slowDown" in lines[1]
    assert lines[3] == f"  GetObject        206 {DEFAULT_BUCKET}/{KEY} 4 B bytes=0-3"


def test_a_verification_without_any_request_says_so(par_s3):
    with pytest.raises(AssertionError, match="there were 0; the fake S3 has had no request at all"):
        par_s3.verify(at_least=1).get_object(KEY)


def test_the_record_can_be_emptied(par_s3):
    par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)
    par_s3.verify().list_objects_v2(bucket=DEFAULT_BUCKET)

    par_s3.reset_requests()

    par_s3.verify(0).operation()


@pytest.mark.par(policy=READ_ONE)
def test_a_policy_is_enforced_and_the_verdict_is_in_the_record(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"bytes")
    par_s3.put(DEFAULT_BUCKET, "other/key", b"bytes")

    assert get(par_s3) == b"bytes"
    with pytest.raises(ClientError, match="AccessDenied"):
        get(par_s3, "other/key")

    allowed, denied = [one.accesses[0] for one in par_s3.requests()]
    assert (allowed.action, allowed.allowed) == ("s3:GetObject", True)
    assert (denied.resource, denied.allowed) == (f"arn:aws:s3:::{DEFAULT_BUCKET}/other/key", False)
    assert "is not authorized to perform: s3:GetObject" in denied.reason
    assert denied.would_allow is not None
    with pytest.raises(AssertionError, match="used and not granted"):
        par_s3.used_equals_granted()


@pytest.mark.par(policy="policy.json")
def test_the_path_of_a_policy_starts_at_the_test_file(par_s3):
    with pytest.raises(ClientError, match="AccessDenied"):
        par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)
    with pytest.raises(AssertionError, match="granted and never used"):
        par_s3.used_equals_granted()
    par_s3.policy(None)
    assert par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)["KeyCount"] == 0


def test_a_policy_that_cannot_be_enforced_is_refused(par_s3):
    with pytest.raises(ParError, match="Efect"):
        par_s3.policy({"Version": "2012-10-17", "Statement": [{"Efect": "Allow"}]})


def test_the_clock_of_the_server_moves(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"bytes")
    url = par_s3.client.generate_presigned_url("get_object", {"Bucket": DEFAULT_BUCKET, "Key": KEY}, ExpiresIn=60)
    assert fetch(url) == 200

    par_s3.clock.advance(timedelta(minutes=2))

    assert fetch(url) == 403
    par_s3.clock.freeze()
    par_s3.clock.set_to(datetime(2030, 1, 1, tzinfo=timezone.utc))
    assert par_s3.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)
    par_s3.clock.resume()


def fetch(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_network_can_go_and_come_back(par_s3):
    par_s3.put(DEFAULT_BUCKET, KEY, b"bytes")
    par_s3.latency("1ms")
    par_s3.bandwidth("90MB")
    par_s3.disconnect()
    address = urlsplit(par_s3.endpoint).netloc
    connection = http.client.HTTPConnection(address)
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.request("GET", f"/{DEFAULT_BUCKET}/{KEY}")
        connection.getresponse()
    connection.close()

    par_s3.reconnect()

    assert get(par_s3) == b"bytes"


def test_versions_and_regions_of_buckets(par_s3):
    par_s3.enable_versioning("versioned")
    par_s3.bucket_region("elsewhere", "eu-west-1")
    par_s3.put("versioned", KEY, b"one")
    par_s3.put("versioned", KEY, b"two")

    assert len(par_s3.client.list_object_versions(Bucket="versioned")["Versions"]) == 2
    assert par_s3.client.get_bucket_location(Bucket="elsewhere")["LocationConstraint"] == "eu-west-1"


def test_neither_a_proxy_nor_a_profile_of_the_shell_has_a_say(par_s3, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr(par_s3, "_client", None)

    assert par_s3.client.list_objects_v2(Bucket=DEFAULT_BUCKET)["KeyCount"] == 0


def test_without_boto3_it_says_what_to_install(par_s3, monkeypatch):
    monkeypatch.setattr(par_s3, "_client", None)
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(ParError, match="(?s)needs boto3, which cannot be imported: .*pip install boto3"):
        par_s3.client  # noqa: B018


def test_without_stubs_it_says_how_to_name_them(par_s3):
    with pytest.raises(ParError, match=r'(?s)no stubs.*mark\.par\(stubs="stubs"\)'):
        par_s3.stubs  # noqa: B018


def test_verify_takes_a_number_or_limits(par_s3):
    with pytest.raises(ParError, match="not both"):
        par_s3.verify(1, at_most=2)
