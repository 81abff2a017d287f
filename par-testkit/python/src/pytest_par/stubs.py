"""The HTTP stubs of a test: WireMock, which ``par-testkit serve --stubs`` runs."""

from __future__ import annotations

import json
from typing import Any, List, Mapping, Optional

from ._control import Control


class Stubs:
    """A WireMock server with the mapping files of a folder. Reset before each test.

    Mappings and requests are WireMock's own JSON; the package ``wiremock`` of PyPI can manage this server too.
    """

    def __init__(self, control: Control, url: str) -> None:
        self._control = control
        self._admin = Control(url.rstrip("/") + "/__admin/")
        self.url = url.rstrip("/")
        """The address, for the variable that tells an agent where to call: ``{"OPENAI_BASE_URL": stubs.url + "/v1"}``."""

    def stub(self, mapping: Mapping[str, Any]) -> None:
        """Adds a mapping until the end of the test.

        ``stubs.stub({"request": {"method": "GET", "url": "/x"}, "response": {"jsonBody": {"a": 1}}})``
        """
        __tracebackhide__ = True
        self._admin.send("POST", "mappings", mapping)

    def requests(self) -> List[Mapping[str, Any]]:
        """The requests that the agent sent, newest first, as WireMock's ``/__admin/requests`` has them."""
        __tracebackhide__ = True
        return list(self._admin.get("requests")["requests"])

    def count(self, method: str = "ANY", url: Optional[str] = None, **pattern: Any) -> int:
        """How many requests match, with a stub or without one.

        :param method: such as ``POST``
        :param url: the path with its query; None for any
        :param pattern: further members of WireMock's request pattern, such as ``urlPath``, ``headers`` or
            ``bodyPatterns``
        """
        __tracebackhide__ = True
        wanted = {"method": method, **({} if url is None else {"url": url}), **pattern}
        return int(self._admin.send("POST", "requests/count", wanted)["count"])

    def verify(self, times: int = 1, method: str = "ANY", url: Optional[str] = None, **pattern: Any) -> None:
        """Asserts how many requests match; the failure lists all requests.

        ``par_s3.stubs.verify(2, "POST", "/v1/chat/completions")``

        :param times: exactly how many
        :raises AssertionError: when it is another number

        The other arguments are those of :meth:`count`.
        """
        __tracebackhide__ = True
        found = self.count(method, url, **pattern)
        if found != times:
            given = [method, *([url] if url else []), *(f"{name}={json.dumps(value)}" for name, value in pattern.items())]
            calls = [_line(one) for one in reversed(self.requests())]
            raise AssertionError(
                "\n  ".join(
                    [
                        f"expected {times} request{'' if times == 1 else 's'} ({' '.join(given)}), and there "
                        + (f"was {found}; " if found == 1 else f"were {found}; ")
                        + (f"all {len(calls)} requests:" if calls else "nobody has called the stubs"),
                        *calls,
                    ]
                )
            )

    def unmatched(self) -> List[str]:
        """The requests that no stub matched, each with the comparison with the stub that comes nearest."""
        __tracebackhide__ = True
        return [_text(one) for one in self._control.get("stubs")["unmatched"]]


def _line(one: Mapping[str, Any]) -> str:
    status = one.get("response", {}).get("status", "---")
    unmatched = "" if one.get("wasMatched", True) else " no stub matched"
    return f"{status} {one['request']['method']} {one['request']['url']}{unmatched}"


def _text(one: Mapping[str, Any]) -> str:
    lines = [f"{one['method']} {one['url']}"]
    for miss in one.get("near_misses", ()):
        text = miss if isinstance(miss, str) else json.dumps(miss, indent=2)
        lines += ["nearest stub:", *(f"  {line}" for line in text.strip().splitlines())]
    return "\n    ".join(lines)
