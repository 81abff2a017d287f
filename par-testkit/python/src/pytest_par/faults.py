"""What can go wrong with a request to the fake S3.

Each function returns a :class:`Fault` for :meth:`pytest_par.s3.FaultScript.inject`; ``a() + b()`` happens at once. Times
are ``"50ms"``, ``"2s"``, ``"5m"``, ``"1h"`` or a :class:`~datetime.timedelta`; sizes are numbers of bytes, or texts such as
``"64KiB"`` or ``"90MB"``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Union

from .errors import ParError

Time = Union[str, timedelta]
Size = Union[str, int]
PathLike = Union[str, "os.PathLike[str]"]

__all__ = [
    "Fault",
    "access_denied",
    "bandwidth",
    "clock_skew",
    "drip",
    "error",
    "expired_token",
    "flip_byte_at",
    "internal_error",
    "kms_denied",
    "reset",
    "reset_at",
    "slow_down",
    "slow_first_byte",
    "stall",
    "stall_at",
    "truncate_at",
    "unavailable",
    "unavailable_millis",
    "unavailable_until",
    "wrong_checksum",
    "wrong_region",
]


@dataclass(frozen=True)
class Fault:
    """One fault, or several that happen at once.

    :ivar words: the fault as the option ``--fault`` of ``par-testkit serve`` takes it, for instance ``reset-at=1000``
    """

    words: str

    def __add__(self, other: Fault) -> Fault:
        return Fault(f"{self.words}+{other.words}")

    def __str__(self) -> str:
        return self.words


def time_text(value: Time) -> str:
    """A time in the words of the command line; whole milliseconds."""
    if not isinstance(value, timedelta):
        return value
    return f"{value // timedelta(milliseconds=1)}ms"


def moment_text(value: datetime) -> str:
    """A moment in ISO 8601, UTC.

    :raises ParError: for a datetime without a time zone
    """
    if value.tzinfo is None:
        raise ParError(f"the time {value} has no time zone.", "Pass one, for instance tzinfo=timezone.utc.")
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def slow_down() -> Fault:
    """Answers 503 SlowDown."""
    return Fault("slow-down")


def internal_error() -> Fault:
    """Answers 500 InternalError."""
    return Fault("internal-error")


def unavailable(after: Time) -> Fault:
    """Answers 503 ServiceUnavailable with ``Retry-After`` in whole seconds."""
    return Fault(f"unavailable={time_text(after)}")


def unavailable_until(moment: datetime) -> Fault:
    """Answers 503 ServiceUnavailable with ``Retry-After`` as a date, by the fake's clock."""
    return Fault(f"unavailable-until={moment_text(moment)}")


def unavailable_millis(millis: int) -> Fault:
    """Answers 503 ServiceUnavailable with ``x-amz-retry-after``."""
    return Fault(f"unavailable-millis={millis}")


def access_denied() -> Fault:
    """Answers 403 AccessDenied."""
    return Fault("access-denied")


def kms_denied() -> Fault:
    """Answers 403 AccessDenied, as S3 does when the caller may not use the object's KMS key."""
    return Fault("kms-denied")


def expired_token() -> Fault:
    """Answers 400 ExpiredToken."""
    return Fault("expired-token")


def clock_skew() -> Fault:
    """Answers 403 RequestTimeTooSkewed, whatever the clocks say."""
    return Fault("clock-skew")


def wrong_region(region: str) -> Fault:
    """Answers 301 PermanentRedirect, as S3 does when the bucket is in another region."""
    return Fault(f"wrong-region={region}")


def error(status: int, code: str, message: str = "") -> Fault:
    """Answers with any error, in S3's XML form; the message is the code unless given."""
    return Fault(f"error={status}/{code}" + (f"/{message}" if message else ""))


def reset() -> Fault:
    """Resets the connection before any byte of the answer."""
    return Fault("reset")


def reset_at(position: Size) -> Fault:
    """Resets the connection after this many bytes of the body."""
    return Fault(f"reset-at={position}")


def truncate_at(position: Size) -> Fault:
    """Closes the connection after this many bytes of the body, although Content-Length announced more."""
    return Fault(f"truncate-at={position}")


def stall() -> Fault:
    """Sends nothing, and keeps the connection open."""
    return Fault("stall")


def stall_at(position: Size, wait: "Time | None" = None) -> Fault:
    """Stops after this many bytes of the body: for good, or for a time after which the rest comes."""
    return Fault(f"stall-at={position}" + ("" if wait is None else f"/{time_text(wait)}"))


def slow_first_byte(wait: Time) -> Fault:
    """Waits before the first byte of the answer."""
    return Fault(f"slow-first-byte={time_text(wait)}")


def drip(size: Size, interval: Time) -> Fault:
    """Sends the body in pieces of this size, with a wait between two."""
    return Fault(f"drip={size}/{time_text(interval)}")


def bandwidth(bytes_per_second: Size) -> Fault:
    """Sends the body at an even rate."""
    return Fault(f"bandwidth={bytes_per_second}")


def flip_byte_at(position: Size) -> Fault:
    """Flips the lowest bit of one byte of the body."""
    return Fault(f"flip-byte-at={position}")


def wrong_checksum() -> Fault:
    """Sends a checksum header that does not fit the body."""
    return Fault("wrong-checksum")
