"""The fake S3 of a test."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type, TypeVar, Union, cast
from urllib.parse import quote

from ._control import Control
from ._packer import Packer
from .errors import ParError
from .faults import Fault, PathLike, Size, Time, moment_text, time_text
from .stubs import Stubs

DEFAULT_BUCKET = "pixell-agent-packages"
"""The bucket in which PAR looks for packages. It always exists."""

T = TypeVar("T")

_PAGE = 10_000


def _of(kind: Type[T], document: Mapping[str, Any], **other: Any) -> T:
    """Makes a dataclass of a JSON object; members that this version does not know are left out."""
    known = {f.name for f in fields(cast(Any, kind))}
    return kind(**{**{name: value for name, value in document.items() if name in known}, **other})


@dataclass(frozen=True)
class Access:
    """One permission that a request needed, and the verdict of the policies.

    :ivar action: for instance ``s3:GetObject``
    :ivar resource: an ARN, or ``*`` for an action that has no resource
    :ivar allowed: whether the policies allowed it
    :ivar reason: AWS's sentence for a denial; otherwise the statement that allowed the access
    :ivar statements: the statements that decided, as JSON objects; empty when nothing allowed the access
    :ivar would_allow: a statement that would allow the access; None when it is allowed
    """

    action: str
    resource: str
    allowed: bool
    reason: str = ""
    statements: Tuple[Mapping[str, Any], ...] = ()
    would_allow: Optional[Mapping[str, Any]] = None


@dataclass(frozen=True)
class Request:
    """One request to the fake S3, and its answer.

    :ivar operation: such as ``GetObject``
    :ivar bucket: the bucket; empty when the request names none
    :ivar key: the decoded key; empty when the request names none
    :ivar range: the ``Range`` header; empty without one
    :ivar status: the HTTP status; 0 before the answer, and when a fault broke the connection instead
    :ivar error: S3's error code, such as ``NoSuchKey``; empty without one
    :ivar bytes: the number of body bytes sent
    :ivar duration_ms: milliseconds until the answer was complete; None while it is not
    :ivar principal: the ARN of the caller; ``anonymous`` without a valid signature
    :ivar fault: the fault that the request met, such as ``resetAt(1000)``; empty without one
    :ivar accesses: the permissions that the request needed, each with its verdict
    """

    id: int
    time: str
    method: str
    operation: str
    bucket: str = ""
    key: str = ""
    range: str = ""
    status: int = 0
    error: str = ""
    bytes: int = 0
    duration_ms: Optional[float] = None
    principal: str = ""
    fault: str = ""
    accesses: Tuple[Access, ...] = ()

    @staticmethod
    def of(document: Mapping[str, Any]) -> Request:
        """Makes a request of an entry of ``GET /_par/requests``."""
        return _of(Request, document, accesses=tuple(_of(Access, one) for one in document.get("accesses", ())))

    def __str__(self) -> str:
        """The request on one line, with its fault and the reason of a denial."""
        name = self.bucket + (f"/{self.key}" if self.key else "")
        line = f"{self.operation:<16} {self.status or '---'} {name} {self.bytes} B"
        line += f" {self.range}" if self.range else ""
        line += f" {self.error}" if self.error else ""
        line += f" fault: {self.fault}" if self.fault else ""
        denied = next((access for access in self.accesses if not access.allowed), None)
        return line + (f" denied: {denied.reason}" if denied else "")


@dataclass(frozen=True)
class Package:
    """A packed agent in the fake S3.

    :ivar reference: the value of ``PACKAGE_URL`` that names exactly these bytes
    :ivar id: ``NAME@VERSION`` of its agent.yaml
    :ivar digest: SHA-256 in hex
    :ivar left_out: the files that ``.parignore`` and its defaults exclude
    :ivar warnings: reasons why the agent may not start, one sentence each
    """

    bucket: str
    key: str
    reference: str
    id: str
    digest: str
    bytes: int
    left_out: Tuple[str, ...]
    warnings: Tuple[str, ...]


class FakeS3:
    """A fake S3 on this machine, with S3's real errors and faults on demand.

    The fixture ``par_s3`` gives one to each test: empty but for the bucket ``pixell-agent-packages``, without faults, and
    with full access unless the test's marker names a policy.
    """

    def __init__(self, control: Control, info: Mapping[str, Any], packer: Packer) -> None:
        self._control = control
        self._packer = packer
        self._client: Any = None
        self._has_policy = False
        self.endpoint: str = info["endpoint"]
        """``http://127.0.0.1:PORT``, the value of ``AWS_ENDPOINT_URL_S3``."""
        self.region: str = info["region"]
        """The region of the buckets."""
        self.environment: Dict[str, str] = dict(info["environment"])
        """The variables that point an AWS client at this server: endpoint, credentials and region."""
        self.clock = Clock(control)
        """The server's clock, which decides about signatures, expiry and the waits of faults."""
        self._stubs = Stubs(control, info["stubs"]) if info.get("stubs") else None

    # Content

    @property
    def client(self) -> Any:
        """A boto3 client for S3 with the default identity. It is made once and shared by the tests of a session.

        :raises ParError: when boto3 is not installed
        """
        __tracebackhide__ = True
        if self._client is None:
            try:
                import boto3
                import botocore.session
                from botocore.config import Config
            except ImportError as e:
                raise ParError(
                    f"par_s3.client needs boto3, which cannot be imported: {e}.",
                    "Install it with: pip install boto3. par_s3.put and the other methods work without it.",
                ) from e
            # No profile, file or proxy of the shell has a say.
            shell = {
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
            self._client = boto3.session.Session(
                botocore_session=botocore.session.Session(session_vars=shell),
                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
                region_name=self.region,
            ).client("s3", endpoint_url=self.endpoint, config=Config(s3={"addressing_style": "path"}, proxies={}))
        return self._client

    def put(
        self, bucket: str, key: str, content: Union[bytes, str, Path], headers: Optional[Mapping[str, str]] = None
    ) -> None:
        """Puts an object, and creates its bucket if needed.

        It needs no permission, meets no fault and is no request of the record.

        :param key: the key, not percent-encoded
        :param content: bytes, text (stored in UTF-8), or the path of a file
        :param headers: such as ``Content-Type`` or ``x-amz-meta-…``
        :raises ParError: when S3 would refuse the object
        """
        __tracebackhide__ = True
        data = content.read_bytes() if isinstance(content, Path) else content
        self._control.send(
            "PUT",
            f"objects/{quote(bucket, safe='')}/{quote(key, safe='')}",
            data.encode("utf-8") if isinstance(data, str) else data,
            headers,
        )

    def publish(self, folder: PathLike) -> Package:
        """Packs an agent's folder as ``par-testkit pack`` does, and puts the package into the default bucket.

        Its key is ``test/NAME/VERSION/NAME.apkg``. A folder that has not changed is packed once a session.

        :raises ParError: when PAR would refuse the package
        """
        __tracebackhide__ = True
        packed = self._packer.pack(Path(folder))
        name, version = packed.id.split("@", 1)
        key = f"test/{name}/{version}/{name}.apkg"
        self.put(DEFAULT_BUCKET, key, packed.file)
        return Package(
            DEFAULT_BUCKET,
            key,
            f"s3://{DEFAULT_BUCKET}/{key}#sha256={packed.digest}",
            packed.id,
            packed.digest,
            packed.file.stat().st_size,
            packed.left_out,
            packed.warnings,
        )

    def create_bucket(self, bucket: str) -> None:
        """Creates an empty bucket; does nothing if it exists."""
        __tracebackhide__ = True
        self._bucket(bucket, {})

    def enable_versioning(self, bucket: str) -> None:
        """Turns on versioning for a bucket, and creates it if needed."""
        __tracebackhide__ = True
        self._bucket(bucket, {"versioning": True})

    def bucket_region(self, bucket: str, region: str) -> None:
        """Sets the region of a bucket, and creates it if needed."""
        __tracebackhide__ = True
        self._bucket(bucket, {"region": region})

    def _bucket(self, bucket: str, settings: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        self._control.send("PUT", f"buckets/{quote(bucket, safe='')}", settings)

    def reset(self) -> None:
        """Makes the server as it was before the test: one empty bucket, pixell-agent-packages, no requests, no faults,
        full access, the real time, and the stubs of the mapping files."""
        __tracebackhide__ = True
        self._control.send("POST", "reset", {})
        if self._has_policy:
            self.policy(None)

    # Record

    def requests(
        self,
        operation: Optional[str] = None,
        *,
        bucket: Optional[str] = None,
        key: Optional[str] = None,
        status: "int | str | None" = None,
    ) -> List[Request]:
        """The requests so far, oldest first, including those that the server is still answering.

        :param operation: such as ``GetObject``
        :param key: a key, or a pattern with ``*``
        :param status: such as 404, or ``"4xx"``
        """
        __tracebackhide__ = True
        found: List[Request] = []
        since = 0
        while True:
            page = self._control.get(
                "requests", operation=operation, bucket=bucket, key=key, status=status, since=since, limit=_PAGE
            )
            found += [Request.of(one) for one in page["requests"]]
            since = page["next"]
            if len(page["requests"]) < _PAGE:
                return found

    def count(self, operation: Optional[str] = None, **query: Any) -> int:
        """How many requests :meth:`requests` returns."""
        __tracebackhide__ = True
        return len(self.requests(operation, **query))

    def reset_requests(self) -> None:
        """Empties the record of requests."""
        __tracebackhide__ = True
        self._control.send("DELETE", "requests")

    def verify(
        self, times: Optional[int] = None, *, at_least: Optional[int] = None, at_most: Optional[int] = None
    ) -> Verification:
        """Asserts how often a request came; the failure lists all requests.

        ``par_s3.verify(2).get_object("acme/greeter.apkg")``

        :param times: exactly so often; once unless one of the three is given
        """
        if times is None and at_least is None and at_most is None:
            times = 1
        if times is not None and (at_least is not None or at_most is not None):
            raise ParError("verify takes a number or limits, not both.", "Leave out the number, or at_least and at_most.")
        return Verification(
            self, at_least if times is None else times, at_most if times is None else times
        )

    # Faults

    def on_get(self, key: str) -> FaultScript:
        """Injects faults into the next GetObject requests: of a key in any bucket, or of a pattern with ``*``."""
        return FaultScript(self._control, f"GET:{key}")

    def on_head(self, key: str) -> FaultScript:
        """Injects faults into the next HeadObject requests."""
        return FaultScript(self._control, f"HEAD:{key}")

    def on_put(self, key: str) -> FaultScript:
        """Injects faults into the next PutObject requests."""
        return FaultScript(self._control, f"PUT:{key}")

    def on_list(self, prefix: str = "") -> FaultScript:
        """Injects faults into the next listings with this prefix."""
        return FaultScript(self._control, f"LIST:{prefix}")

    def on_any(self) -> FaultScript:
        """Injects faults into the next requests of all kinds."""
        return FaultScript(self._control, "ANY")

    def fault(self, spec: str) -> None:
        """Injects a fault in the words of ``par-testkit serve --fault``: ``GET:acme/*:2x:slow-down``.

        :raises ParError: naming the wrong word
        """
        __tracebackhide__ = True
        self._control.send("POST", "faults", {"spec": spec})

    def pending_faults(self) -> List[str]:
        """The faults that no request has met yet, or not as often as said; without endless ones."""
        __tracebackhide__ = True
        return [
            f"{one['spec']} (met {one['met']} times, {one['remaining']} left)"
            for one in self._control.get("faults")["faults"]
            if one["remaining"]
        ]

    def reset_faults(self) -> None:
        """Removes all faults, including endless ones."""
        __tracebackhide__ = True
        self._control.send("DELETE", "faults")

    # Network

    def latency(self, time: Time) -> None:
        """Waits before each answer, for instance ``"50ms"``."""
        __tracebackhide__ = True
        self._control.send("PATCH", "network", {"latency": time_text(time)})

    def bandwidth(self, bytes_per_second: Size) -> None:
        """Limits each connection; S3's own rate is ``"90MB"``, and 0 means no limit."""
        __tracebackhide__ = True
        self._control.send("PATCH", "network", {"bandwidth": str(bytes_per_second)})

    def disconnect(self) -> None:
        """Closes all connections of S3 clients, and resets each new one, until :meth:`reconnect`."""
        __tracebackhide__ = True
        self._control.send("PATCH", "network", {"connected": False})

    def reconnect(self) -> None:
        """Accepts connections again."""
        __tracebackhide__ = True
        self._control.send("PATCH", "network", {"connected": True})

    # Permissions

    def policy(self, document: Union[PathLike, Mapping[str, Any], None]) -> None:
        """Enforces an IAM policy on the default identity, as AWS does.

        :param document: a file (a relative path starts at the working directory), or a policy document; None for full
            access
        :raises ParError: when the fake cannot enforce the policy
        """
        __tracebackhide__ = True
        if document is None:
            self._control.send("DELETE", "policy")
            self._has_policy = False
            return
        if isinstance(document, Mapping):
            text = json.dumps(document)
        else:
            try:
                text = Path(document).read_text(encoding="utf-8")
            except OSError as e:
                raise ParError(f"the policy {document} cannot be read: {e.strerror}.") from e
        self._control.send("PUT", "policy", text.encode("utf-8"))
        self._has_policy = True

    def used_equals_granted(self) -> None:
        """Asserts that the requests so far used exactly what the policy of the default identity grants.

        :raises AssertionError: naming each grant without a use, and each use without a grant
        :raises ParError: when the default identity has no policy
        """
        __tracebackhide__ = True
        grants = self._control.get("grants")
        if grants.get("policy") is None and grants.get("exact") is None:
            raise ParError("the default identity has no policy.", 'Give it one: @pytest.mark.par(policy="policy.json").')
        if not grants["exact"]:
            lines = [f"granted and never used: {_line(one)}" for one in grants["unused"]]
            lines += [f"used and not granted: {_line(one)}" for one in grants["missing"]]
            raise AssertionError("\n  ".join(["the policy does not grant exactly what was used:", *lines]))

    # Stubs

    @property
    def stubs(self) -> Stubs:
        """The stubs of what the agent calls over HTTP.

        :raises ParError: when the test names no stubs
        """
        __tracebackhide__ = True
        if self._stubs is None:
            raise ParError(
                "there are no stubs.",
                'Name their folder, relative to the test file: @pytest.mark.par(stubs="stubs").',
            )
        return self._stubs

    def has_stubs(self) -> bool:
        """Whether the test has stubs."""
        return self._stubs is not None

    def __repr__(self) -> str:
        return f"<FakeS3 {self.endpoint}>"


def _line(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class FaultScript:
    """Says which requests a fault happens to, and how often. Immutable: only :meth:`inject` changes the server.

    ``par_s3.on_get(key).times(2).inject(slow_down()).inject(reset_at(1000))``
    """

    _control: Control = field(repr=False)
    target: str
    _often: str = ""
    _after: str = ""
    _covering: str = ""
    _bucket: str = ""

    def times(self, n: int) -> FaultScript:
        """How many requests the next fault happens to; 1 by default."""
        return replace(self, _often=f":{n}x")

    def always(self) -> FaultScript:
        """The next fault happens to every matching request."""
        return replace(self, _often=":always")

    def after(self, n: int) -> FaultScript:
        """How many matching requests succeed before the next fault; 0 by default."""
        return replace(self, _after=f":after={n}")

    def covering(self, position: Size) -> FaultScript:
        """Only requests for a range that includes this byte of the object, or for the whole object."""
        return replace(self, _covering=f":covering={position}")

    def in_bucket(self, bucket: str) -> FaultScript:
        """Only requests for this bucket; all faults of the script, unlike the other methods."""
        return replace(self, _bucket=f":bucket={bucket}")

    def inject(self, fault: "Fault | str") -> FaultScript:
        """Puts a fault in force.

        :param fault: made by a function of :mod:`pytest_par.faults`, or its words, such as ``"reset-at=1000"``
        :return: a script with the same target, for the fault after this one
        :raises ParError: naming the wrong word
        """
        __tracebackhide__ = True
        spec = f"{self.target}{self._bucket}{self._after}{self._covering}{self._often}:{fault}"
        self._control.send("POST", "faults", {"spec": spec})
        return FaultScript(self._control, self.target, _bucket=self._bucket)


class Verification:
    """An assertion on the record of requests; made by :meth:`FakeS3.verify`. Keys may be patterns with ``*``."""

    def __init__(self, s3: FakeS3, at_least: Optional[int], at_most: Optional[int]) -> None:
        self._s3 = s3
        self._at_least = at_least or 0
        self._at_most = at_most

    def get_object(self, key: Optional[str] = None, **query: Any) -> None:
        """GetObject, of a key or of all."""
        __tracebackhide__ = True
        self.operation("GetObject", key=key, **query)

    def head_object(self, key: Optional[str] = None, **query: Any) -> None:
        """HeadObject, of a key or of all."""
        __tracebackhide__ = True
        self.operation("HeadObject", key=key, **query)

    def put_object(self, key: Optional[str] = None, **query: Any) -> None:
        """PutObject, of a key or of all."""
        __tracebackhide__ = True
        self.operation("PutObject", key=key, **query)

    def copy_object(self, key: Optional[str] = None, **query: Any) -> None:
        """CopyObject to a key, or to all."""
        __tracebackhide__ = True
        self.operation("CopyObject", key=key, **query)

    def delete_object(self, key: Optional[str] = None, **query: Any) -> None:
        """DeleteObject, of a key or of all."""
        __tracebackhide__ = True
        self.operation("DeleteObject", key=key, **query)

    def list_objects_v2(self, **query: Any) -> None:
        """ListObjectsV2, the listing that boto3's ``list_objects_v2`` and PAR ask for."""
        __tracebackhide__ = True
        self.operation("ListObjectsV2", **query)

    def operation(
        self,
        operation: Optional[str] = None,
        *,
        bucket: Optional[str] = None,
        key: Optional[str] = None,
        status: "int | str | None" = None,
    ) -> None:
        """Any operation, such as ``HeadBucket``; None for every request.

        :raises AssertionError: when the number is another; the text lists all requests
        """
        __tracebackhide__ = True
        found = len(self._s3.requests(operation, bucket=bucket, key=key, status=status))
        if found >= self._at_least and (self._at_most is None or found <= self._at_most):
            return
        everything = self._s3.requests()
        named = [f"{name} {value}" for name, value in (("bucket", bucket), ("key", key), ("status", status)) if value]
        what = (operation or "any operation") + "".join(f", {one}" for one in named)
        raise AssertionError(
            f"expected {self._expected()} ({what}), and there {'was' if found == 1 else 'were'} {found}; "
            + (f"all {len(everything)} requests:\n" if everything else "the fake S3 has had no request at all")
            + "\n".join(f"  {one}" for one in everything)
        )

    def _expected(self) -> str:
        if self._at_least == self._at_most:
            return f"{self._at_least} request{'' if self._at_least == 1 else 's'}"
        limits = [f"at least {self._at_least}"] if self._at_least else []
        limits += [f"at most {self._at_most}"] if self._at_most is not None else []
        return " and ".join(limits or ["any number"]) + " requests"


class Clock:
    """The clock of the fake S3. The requests of clients are signed by their own clocks, which it does not move."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> datetime:
        """The time of the server, in UTC."""
        __tracebackhide__ = True
        return datetime.fromisoformat(_six_digits(self._control.get("clock")["now"]))

    def advance(self, time: Time) -> None:
        """Moves the time, and ends the waits that are due by then; ``"-5m"`` moves it back."""
        __tracebackhide__ = True
        self._control.send("PATCH", "clock", {"advance": time_text(time)})

    def set_to(self, moment: datetime) -> None:
        """Sets the time."""
        __tracebackhide__ = True
        self._control.send("PATCH", "clock", {"set": moment_text(moment)})

    def freeze(self) -> None:
        """Stops the clock until :meth:`resume`. Meanwhile only :meth:`advance` and :meth:`set_to` end a wait."""
        __tracebackhide__ = True
        self._control.send("PATCH", "clock", {"freeze": True})

    def resume(self) -> None:
        """Lets a frozen clock run again."""
        __tracebackhide__ = True
        self._control.send("PATCH", "clock", {"freeze": False})


def _six_digits(instant: str) -> str:
    """Java's instant in the form that Python 3.9 reads: ``+00:00`` for ``Z``, and no or six digits of a second."""
    whole, dot, fraction = instant.rstrip("Z").partition(".")
    return whole + (f".{fraction[:6]:0<6}" if dot else "") + "+00:00"
