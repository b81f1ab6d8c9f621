"""The city platform's interface as a subscriber speaks it: sign-in, tokens that expire, resources in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from ingest.sources.link import Answer, Link, SourceUnavailable

LOGIN: Final = "/iot/api/v1/login"
RESOURCE: Final = "/platform/api/v1/{}/queryPlaceName/latest"
EVENT: Final = "/platform/api/v1/eventReports/{}"
EARLY: Final = timedelta(minutes=1)  # a token is renewed this long before it ends
ABSOLUTE: Final = 100_000_000_000  # ms; a smaller expirationTime can only be a duration
LONGEST_LIFE_MS: Final = 86_400_000  # a token is not trusted longer than a day
ASSUMED_LIFE: Final = timedelta(minutes=10)  # of a token that does not say


class SignInFailed(SourceUnavailable):
    """The platform does not let us in: no resource can be read."""


class NoSuchRecord(SourceUnavailable):
    """The platform answers, but has not what was asked for."""


@dataclass(frozen=True, slots=True)
class Account:
    """Our account at the city platform."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a resource, and how many records the platform says there are in all."""

    records: list[object]
    total: int


class CityClient:
    """Asks the city platform; keeps the token and renews it."""

    def __init__(self, link: Link, account: Account, *, clock: Callable[[], datetime]) -> None:
        self._link = link
        self._account = account
        self._clock = clock
        self._token = ""
        self._renew_at: datetime | None = None  # None: not signed in

    def page(self, resource: str, *, place: str, since: datetime | None, number: int, size: int) -> Page:
        """One page, from 0, of the records modified at or after `since`. Raises SourceUnavailable."""
        modified = 0 if since is None else int(since.timestamp() * 1000)
        query = {"placeName": place, "lastModifiedDate": modified, "size": size, "page": number}
        result = self._result("GET", RESOURCE.format(resource), query)
        records, total = (result.get("content"), result.get("totalElements")) if isinstance(result, dict) else (None, None)
        if not isinstance(records, list) or not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise SourceUnavailable(f"{resource}: no page in the answer")
        return Page(records, total)

    def event(self, number: str) -> dict[str, Any]:
        """The detail of an event. Raises NoSuchRecord, SourceUnavailable."""
        result = self._result("GET", EVENT.format(quote(number, safe="")), None)
        if not isinstance(result, dict):
            raise NoSuchRecord(f"event {number}: no object in the answer")
        return result

    def _result(self, method: str, path: str, query: Mapping[str, object] | None) -> Any:
        if self._renew_at is None or self._clock() >= self._renew_at:
            self._sign_in()
        answer = self._link.ask(method, path, query=query, token=self._token)
        if _status(answer) == HTTPStatus.UNAUTHORIZED:  # ended earlier than it said
            self._sign_in()
            answer = self._link.ask(method, path, query=query, token=self._token)
        return _good(answer, path)

    def _sign_in(self) -> None:
        self._renew_at = None
        given = {"username": self._account.username, "password": self._account.password}
        try:
            result = _good(self._link.ask("POST", LOGIN, body=given), LOGIN)
        except SourceUnavailable as exc:
            raise SignInFailed(str(exc), retry_after=exc.retry_after) from exc
        token = result.get("token") if isinstance(result, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise SignInFailed(f"{LOGIN}: no token in the answer")
        self._token, self._renew_at = token, _renewal(result.get("expirationTime"), self._clock())


def _good(answer: Answer, path: str) -> Any:
    """The result of an answer that is no error; the platform also says errors in the body of a 200."""
    status = _status(answer)
    if status == HTTPStatus.NOT_FOUND:
        raise NoSuchRecord(f"{path}: status {status}", retry_after=answer.retry_after)
    if status != HTTPStatus.OK or not isinstance(answer.body, dict):
        raise SourceUnavailable(f"{path}: status {status}", retry_after=answer.retry_after)
    return answer.body.get("result")


def _status(answer: Answer) -> int:
    said = answer.body.get("status") if isinstance(answer.body, dict) else None
    return said if answer.status == HTTPStatus.OK and type(said) is int else answer.status


def _renewal(raw: object, at: datetime) -> datetime:
    """When to sign in again: before the end that epoch milliseconds, or milliseconds from now, name; within a day, not at once."""
    milliseconds = raw if isinstance(raw, int | float) and not isinstance(raw, bool) else 0
    if milliseconds > ABSOLUTE:
        milliseconds -= at.timestamp() * 1000
    life = timedelta(milliseconds=min(milliseconds, LONGEST_LIFE_MS)) if milliseconds > 0 else ASSUMED_LIFE
    return at + max(life - EARLY, EARLY)  # a clock that differs must not make us sign in with every request
