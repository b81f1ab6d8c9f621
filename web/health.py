"""Whether the platform lives: /healthz for the process, /readyz for what it needs, /metrics for Prometheus (web.metrics says what)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from time import perf_counter

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.wrappers import Response as Answer

from data_access.queries import readiness
from data_access.queries.readiness import FeedMark, WorkerMark
from data_access.stream import StreamUnavailable
from domain.errors import StoreUnavailable
from web.clock import now
from web.context import Context
from web.metrics import Figures, registry
from web.security import refusal


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the platform needs: whether it answers, and how long that took."""

    ok: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker as its readers see it; ages and lag are seconds, None where nothing was ever heard."""

    lag_seconds: float | None  # since the newest heartbeat or message of any vendor came through
    waiting: int  # messages received and not yet stored
    workers: dict[str, float]  # ingest worker → seconds since it last wrote


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe reads. Ready means: pages can be answered. Without Redis they can, only slower."""

    ready: bool
    at: datetime
    mode: str | None
    database: Part
    cache: Part
    broker: Broker | None  # None: the database is away, so nobody knows
    last_message_age_seconds: float | None


def blueprint(context: Context) -> Blueprint:
    """The routes /healthz, /readyz and /metrics."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> Response:
        return jsonify({"alive": True, "at": now().isoformat()})

    @routes.get("/readyz")
    def ready() -> Answer:
        health = examine(context, at=now())
        answer = jsonify({**asdict(health), "at": health.at.isoformat()})
        answer.status_code = HTTPStatus.OK if health.ready else HTTPStatus.SERVICE_UNAVAILABLE
        return answer

    @routes.get("/metrics")
    def figures() -> Answer:
        if not _bears(context.metrics_token):
            answer = refusal("sign_in_required", HTTPStatus.UNAUTHORIZED)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return Response(generate_latest(registry(_figures(context, at=now()))), content_type=CONTENT_TYPE_LATEST)

    return routes


def examine(context: Context, *, at: datetime) -> Health:
    """Ask every part how it is; one that is away makes the others no less known."""
    database, cache = _part(context.store.ping), _part(context.log.ping)
    workers, feeds = _marks(context) if database.ok else ([], [])
    messages = [feed.last_message_at for feed in feeds]
    return Health(
        ready=database.ok,
        at=at,
        mode=context.deployment.mode if database.ok else None,
        database=database,
        cache=cache,
        broker=_broker(workers, feeds, at) if database.ok else None,
        last_message_age_seconds=_age(messages, at),
    )


def _marks(context: Context) -> tuple[list[WorkerMark], list[FeedMark]]:
    with context.store.reading() as tx:
        return readiness.workers(tx), readiness.feeds(tx)


def _broker(workers: list[WorkerMark], feeds: list[FeedMark], at: datetime) -> Broker:
    return Broker(
        lag_seconds=_age([heard for feed in feeds for heard in (feed.heartbeat_at, feed.last_message_at)], at),
        waiting=sum(int(mark.counters.get("waiting", 0)) for mark in workers),
        workers={mark.worker: round((at - mark.committed_at).total_seconds(), 1) for mark in workers},
    )


def _age(instants: Iterable[datetime | None], at: datetime) -> float | None:
    heard = [instant for instant in instants if instant is not None]
    return round((at - max(heard)).total_seconds(), 1) if heard else None


def _part(ping: Callable[[], None]) -> Part:
    began = perf_counter()
    try:
        ping()
        ok = True
    except (StoreUnavailable, StreamUnavailable):
        ok = False
    return Part(ok, round((perf_counter() - began) * 1000, 1))


def _bears(token: str) -> bool:
    """Whether the request carries the bearer token; without a token set nobody may read."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _figures(context: Context, *, at: datetime) -> Figures:
    health = examine(context, at=at)
    up = {"database": health.database.ok, "cache": health.cache.ok}
    if not health.database.ok:
        return Figures(at, up)
    with context.store.reading() as tx:
        return Figures(
            at,
            up,
            workers=readiness.workers(tx),
            feeds=readiness.feeds(tx),
            refused=readiness.refused(tx),
            kept=readiness.kept(tx),
            notices=readiness.notices(tx, at=at),
            open_alarms=readiness.open_alarms(tx),
            adapters=readiness.adapters(tx),
        )
