"""Tests of PAR's agents with pytest: a fake S3 and the real launcher, without AWS and without Docker.

The fixtures are ``par_s3``, ``par_agent`` and ``par_boot``; ``pytest --fixtures`` describes them.
"""

from .agent import Agent, LogLine, Response
from .errors import AgentError, ParError
from .faults import (
    Fault,
    access_denied,
    bandwidth,
    clock_skew,
    drip,
    error,
    expired_token,
    flip_byte_at,
    internal_error,
    kms_denied,
    reset,
    reset_at,
    slow_down,
    slow_first_byte,
    stall,
    stall_at,
    truncate_at,
    unavailable,
    unavailable_millis,
    unavailable_until,
    wrong_checksum,
    wrong_region,
)
from .s3 import DEFAULT_BUCKET, Access, Clock, FakeS3, FaultScript, Package, Request, Verification
from .stubs import Stubs

__all__ = [
    "DEFAULT_BUCKET",
    "Access",
    "Agent",
    "AgentError",
    "Clock",
    "FakeS3",
    "Fault",
    "FaultScript",
    "LogLine",
    "Package",
    "ParError",
    "Request",
    "Response",
    "Stubs",
    "Verification",
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
