"""What goes wrong outside the code under test."""

from __future__ import annotations


class ParError(Exception):
    """Something that PAR, its testkit or an agent refused or could not do.

    The text is a sentence, and below it what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message + (f"\n  {hint}" if hint else ""))
        self.message = message
        self.hint = hint


class AgentError(ParError, AssertionError):
    """An agent did not start, did not answer, or did not log what a test waits for. The text ends with its log."""
