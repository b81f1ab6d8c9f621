"""SMS gateways and webhooks: one POST a message, under a key that lets the other side tell a repetition."""

from __future__ import annotations

import json
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from services.senders.letter import Letter, NotSent, Receipt

TIMEOUT_SECONDS: Final = 8.0
ANSWER_LIMIT: Final = 64 * 1024  # bytes that are read of an answer
PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Gateway:
    """Posts `{key, to, text, urgent}` with `Idempotency-Key: key`; a 2xx answer, or 409 for a key it knows, means taken.

    The answer may name its own number (`reference`) and say `delivered: true`; later receipts come to the platform's own address.
    Without a `url` of the gateway the letter's address is one (a webhook). Redirects are not followed.
    """

    def __init__(self, *, url: str = "", token: str = "", timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        self._token = token
        self._timeout = timeout

    def send(self, letter: Letter) -> Receipt:
        """One attempt. Raises NotSent; for good where the other side refuses what it was told."""
        body = {"key": letter.key, "to": letter.address if self._url else "", "text": letter.text, "urgent": letter.urgent}
        try:
            where = urlsplit(self._url or letter.address)
            status, answer = self._post(where, json.dumps(body, ensure_ascii=False).encode(), letter.key)
        except ValueError as error:
            raise NotSent(str(error), for_good=True) from error
        except (OSError, HTTPException) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        if status == HTTPStatus.CONFLICT or 200 <= status < 300:
            return _receipt(answer)
        raise NotSent(f"HTTP {status}", for_good=400 <= status < 500 and status not in PASSING)

    def _post(self, where: SplitResult, body: bytes, key: str) -> tuple[int, bytes]:
        if where.scheme not in ("http", "https") or not where.hostname:
            raise ValueError("not an address of the web")
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        with closing(kind(where.hostname, where.port, timeout=self._timeout)) as link:
            link.request("POST", f"{where.path or '/'}{'?' + where.query if where.query else ''}", body, headers)
            answer = link.getresponse()
            return answer.status, answer.read(ANSWER_LIMIT)


def _receipt(answer: bytes) -> Receipt:
    """What the gateway says of it; an answer without words of its own is enough."""
    try:
        said: Any = json.loads(answer)
    except ValueError:
        return Receipt()
    if not isinstance(said, dict):
        return Receipt()
    return Receipt(reference=str(said.get("reference", ""))[:200], delivered=said.get("delivered") is True)
