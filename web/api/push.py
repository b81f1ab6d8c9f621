"""Vendors without MQTT push here, by the interface they already speak with the city platform.

    POST /iot/api/v1/login {username, password}    → {status: 200, result: {token, expirationTime}}, then header Authorization
    POST /iot/api/v1/iotRealData, /iot/api/v1/iotStatisticsData, /platform/api/v1/iotAlarms    one object or a list
    POST /iot/api/v1/messages/<tail>               a message of the vendor's own dialect, as it would be published below its name
    GET  /iot/api/v1/commands                      what cars of the vendor are to say now, for who hears nothing over MQTT
    POST /iot/api/v1/commandAcks                   what devices answered

200 means that the broker has it; 503 that it is not known to, so send it again: told twice nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as Answer

from domain.dialects import NATIVE, TIMELESS
from locales import t
from services import prompts, vendor_access
from services.identity import Refusal, SignInRefused
from services.vendor_access import Pusher, Token
from web.api import messages
from web.api.messages import Malformed, Message
from web.api.pace import Pace
from web.api.publisher import BrokerUnavailable, Publisher
from web.attempts import Attempts
from web.clock import now
from web.context import Context
from web.session import address

LARGEST: Final = 512 * 1024  # bytes of a body, as of a batch over MQTT
PER_SECOND: Final = 1_000.0  # messages of one vendor, per web process
BURST: Final = 10_000.0
SIGN_INS_PER_SECOND: Final = 1.0  # of one address: each costs a hash
SIGN_INS_BURST: Final = 30.0
BEAT: Final = timedelta(seconds=10)  # how often a push also says that its vendor is there
BROKER_BACK: Final = 5.0  # seconds
STATE, EVENT, STATISTICS, ACK = "state", "event", "statistics", "command/ack"

Read = Callable[[Pusher, bytes, datetime], list[Message]]
"""(who pushes, body, when) → messages. Raises Malformed."""


class Refused(Exception):
    """Why nothing was taken: a locale key below `push.`, the status, and after how many seconds another try makes sense."""

    def __init__(self, key: str, status: HTTPStatus, *, retry: float = 0.0) -> None:
        self.key, self.status, self.retry = key, status, retry
        super().__init__(key)


def blueprint(context: Context, publisher: Publisher) -> Blueprint:
    """The routes."""
    routes = Blueprint("push", __name__)
    desk = Desk(context, publisher)

    @routes.post("/iot/api/v1/login")
    def login() -> Answer:
        token = desk.sign_in(at=now())
        return _answer(HTTPStatus.OK, result={"token": token.text, "expirationTime": int(token.expires_at.timestamp() * 1000)})

    @routes.post("/iot/api/v1/iotRealData")
    def states() -> Answer:
        return _taken(desk.take(_native(STATE), at=now()))

    @routes.post("/iot/api/v1/iotStatisticsData")
    def sums() -> Answer:
        return _taken(desk.take(_native(STATISTICS), at=now()))

    @routes.post("/platform/api/v1/iotAlarms")
    def alarms() -> Answer:
        return _taken(desk.take(_native(EVENT), at=now()))

    @routes.get("/iot/api/v1/commands")
    def commands() -> Answer:
        return _answer(HTTPStatus.OK, result={"commands": desk.commands(at=now())})

    @routes.post("/iot/api/v1/commandAcks")
    def answers() -> Answer:
        return _taken(desk.take(_acknowledged, at=now()))

    @routes.post("/iot/api/v1/messages/<path:tail>")
    def own(tail: str) -> Answer:
        return _taken(desk.take(_own(tail), at=now()))

    @routes.errorhandler(Refused)
    def refused(refusal: Refused) -> Answer:
        return _refusal(refusal.status, refusal.key, t(f"push.{refusal.key}"), retry=refusal.retry)

    @routes.errorhandler(Malformed)
    def malformed(fault: Malformed) -> Answer:
        return _refusal(HTTPStatus.BAD_REQUEST, fault.key, t(f"push.{fault.key}", **fault.data))

    @routes.errorhandler(BrokerUnavailable)
    def unavailable(fault: BrokerUnavailable) -> Answer:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, fault.code, t("push.broker_unavailable"), retry=BROKER_BACK)

    return routes


class Desk:
    """Takes in what vendors push to this process, and keeps count of how much they send."""

    def __init__(self, context: Context, publisher: Publisher) -> None:
        self._context = context
        self._publisher = publisher
        self._attempts = Attempts()
        self._sign_ins = Pace(per_second=SIGN_INS_PER_SECOND, burst=SIGN_INS_BURST)
        self._pace = Pace(per_second=PER_SECOND, burst=BURST)
        self._beats: dict[str, datetime] = {}

    def sign_in(self, *, at: datetime) -> Token:
        """A token for the present request's name and secret. Raises Refused, Malformed, StoreUnavailable."""
        where = address(request)
        wait = max(self._attempts.wait(where, at=at), self._sign_ins.spend(where, 1, at=at))
        if wait:
            raise Refused("too_often", HTTPStatus.TOO_MANY_REQUESTS, retry=wait.total_seconds())
        name, secret = _credentials(_body())
        try:
            return vendor_access.sign_in(self._context.store, name, secret, address=where, at=at)
        except SignInRefused as refusal:
            self._attempts.failed(where, at=at)
            if refusal.reason is Refusal.LOCKED and refusal.until is not None:
                raise Refused("locked", HTTPStatus.TOO_MANY_REQUESTS, retry=(refusal.until - at).total_seconds()) from refusal
            raise Refused("wrong", HTTPStatus.UNAUTHORIZED) from refusal

    def take(self, read: Read, *, at: datetime) -> int:
        """Give the present request's messages to the broker; how many. Raises Refused, Malformed, BrokerUnavailable, StoreUnavailable."""
        pusher = self._pusher(at)
        given = read(pusher, _body(), at)
        wait = self._pace.spend(pusher.vendor, len(given), at=at)
        if wait:
            raise Refused("too_much", HTTPStatus.TOO_MANY_REQUESTS, retry=wait.total_seconds())
        beat = [] if at - self._beats.get(pusher.vendor, at - BEAT) < BEAT else [Message("online", b"true")]
        self._publisher.publish([(f"pt/v1/{pusher.vendor}/{message.tail}", message.payload) for message in (*beat, *given)])
        if beat:
            self._beats[pusher.vendor] = at
        return len(given)

    def commands(self, *, at: datetime) -> list[dict[str, str]]:
        """The voice prompts to the present vendor's machines that are worth hearing. Raises Refused, StoreUnavailable."""
        pusher = self._pusher(at)
        wait = self._pace.spend(pusher.vendor, 1, at=at)
        if wait:
            raise Refused("too_much", HTTPStatus.TOO_MANY_REQUESTS, retry=wait.total_seconds())
        return prompts.open_of(self._context.store, pusher.vendor, at=at)

    def _pusher(self, at: datetime) -> Pusher:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        found = vendor_access.pusher(self._context.store, token, at=at) if token else None
        if found is None:
            raise Refused("token", HTTPStatus.UNAUTHORIZED)
        return found


def _native(channel: str) -> Read:
    def read(pusher: Pusher, body: bytes, at: datetime) -> list[Message]:
        if pusher.dialect not in NATIVE:
            raise Malformed("dialect", dialect=pusher.dialect.value)
        return messages.native(body, channel)

    return read


def _acknowledged(_pusher: Pusher, body: bytes, _at: datetime) -> list[Message]:
    """Answers have the platform's own form in every dialect."""
    return messages.native(body, ACK)


def _own(tail: str) -> Read:
    def read(pusher: Pusher, body: bytes, at: datetime) -> list[Message]:
        if pusher.dialect in NATIVE:
            raise Malformed("dialect", dialect=pusher.dialect.value)
        return messages.own(body, tail, stamp=at if pusher.dialect in TIMELESS else None)

    return read


def _credentials(body: bytes) -> tuple[str, str]:
    try:
        said = orjson.loads(body)
        name, secret = said["username"], said["password"]
    except (ValueError, KeyError, TypeError) as exc:
        raise Malformed("no_credentials") from exc
    if not isinstance(name, str) or not isinstance(secret, str) or max(len(name), len(secret)) > vendor_access.LONGEST:
        raise Malformed("no_credentials")
    return name, secret


def _body() -> bytes:
    request.max_content_length = LARGEST
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as exc:
        raise Refused("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from exc


def _taken(count: int) -> Answer:
    return _answer(HTTPStatus.OK, result={"accepted": count})


def _refusal(status: HTTPStatus, error: str, message: str, *, retry: float = 0.0) -> Answer:
    answer = _answer(status, error=error, message=message)
    if retry:
        answer.headers["Retry-After"] = str(max(1, round(retry)))
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer(status: HTTPStatus, **said: object) -> Answer:
    """The city platform's form: the status stands in the body too."""
    return Response(orjson.dumps({"status": int(status), **said}), status=status, mimetype="application/json")
