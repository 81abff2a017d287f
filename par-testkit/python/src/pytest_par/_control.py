"""A client of the testkit's control API."""

from __future__ import annotations

import http.client
import json
from typing import Any, Mapping, Optional
from urllib.parse import urlencode, urlsplit

from .errors import ParError


class Control:
    """Sends requests to ``/_par/``. It passes by every proxy that the environment names. Thread-safe."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url
        self._host = parts.hostname or ""
        self._port = parts.port
        self._prefix = parts.path

    def get(self, path: str, **query: Any) -> Any:
        """Reads JSON. Arguments that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.send("GET", path + ("?" + urlencode(given) if given else ""))

    def send(
        self,
        method: str,
        path: str,
        body: "bytes | str | Mapping[str, Any] | None" = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Any:
        """Sends a request. Returns its JSON answer; None for an empty one.

        :param body: bytes or JSON text as they are, or a mapping to send as JSON
        :raises ParError: with the sentence and the hint of an answer that refuses the request
        """
        __tracebackhide__ = True
        content = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.request(method, self._prefix + path, content, dict(headers or {}))
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as e:
            raise ParError(f"par-testkit does not answer {method} {self.url}{path}: {e or type(e).__name__}.") from e
        finally:
            connection.close()
        if response.status >= 300:
            raise _refused(f"{method} {self.url}{path}", response.status, answer)
        return json.loads(answer) if answer else None


def _refused(request: str, status: int, answer: bytes) -> ParError:
    try:
        document = json.loads(answer)
        return ParError(document["error"], document.get("hint") or "")
    except (ValueError, KeyError, TypeError):
        return ParError(f"par-testkit answers {status} to {request}: {answer[:500].decode(errors='replace')}")
