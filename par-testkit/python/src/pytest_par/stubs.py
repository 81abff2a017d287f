"""The HTTP stubs of a test: WireMock, which ``par-testkit serve --stubs`` runs."""

from __future__ import annotations

import json
from typing import Any, List, Mapping

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

    def unmatched(self) -> List[str]:
        """The requests that no stub matched, each with the stubs that come near."""
        __tracebackhide__ = True
        return [_text(one) for one in self._control.get("stubs")["unmatched"]]


def _text(one: Mapping[str, Any]) -> str:
    near = [miss if isinstance(miss, str) else json.dumps(miss) for miss in one.get("near_misses", ())]
    return "\n    ".join([f"{one['method']} {one['url']}", *(f"near miss: {miss}" for miss in near)])
