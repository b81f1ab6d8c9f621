"""The sending end of the outbox (发件箱): what waits for whom, taken for a while under its key, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx
from data_access.repositories import team_phones
from data_access.watches import Watch
from domain.outbox import FARTHEST

CLAIMED_AT_ONCE: Final = 200
PLACES_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits for one person and was never tried, and how much he was sent of late. Drills have lanes of their own."""

    recipient: str
    drill: bool
    waiting: int
    sent: int
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt by `channel`. `next_at` is the time of the next one; None where there is none."""

    id: int
    status: str
    channel: str
    at: datetime
    next_at: datetime | None = None
    reference: str | None = None
    error: str | None = None


_M: Final = "notification_messages m JOIN notifications n ON n.id = m.notification_id"
_DUE: Final = "m.status IN ('queued', 'failed') AND (m.next_at <= :at OR m.next_at > :farthest) AND m.urgent = :urgent"
_LANE: Final = f"{_DUE} AND m.attempts = 0 AND n.recipient = :recipient AND m.drill = :drill"

_WAITS: Final = text(f"SELECT EXISTS (SELECT FROM notification_messages m WHERE {_DUE})")
_POSTPONE: Final = text(
    f"UPDATE notification_messages m SET next_at = :until FROM notifications n WHERE n.id = m.notification_id AND {_DUE} "
    "AND NOT n.recipient = ANY(CAST(:awake AS text[]))"
)
_LANES: Final = text(
    f"WITH waiting AS (SELECT n.recipient, m.drill, count(*) AS waiting, min(m.created_at) AS oldest FROM {_M} "
    f"WHERE {_DUE} AND m.attempts = 0 GROUP BY n.recipient, m.drill), "
    "lately AS (SELECT n.recipient, m.drill, max(m.sent_at) AS newest, "
    "sum(coalesce(CAST(m.words -> 'digest' ->> 'count' AS integer), 1)) FILTER (WHERE m.sent_at > :burst_since) AS sent "
    f"FROM {_M} WHERE m.sent_at > :since AND m.sent_at <= :at AND m.urgent = :urgent GROUP BY n.recipient, m.drill) "
    "SELECT w.recipient, w.drill, w.waiting, coalesce(l.sent, 0), l.newest FROM waiting w LEFT JOIN lately l USING (recipient, drill) "
    "ORDER BY w.oldest, w.recipient"
)
_GRAVEST_FIRST: Final = (
    "CASE o.level WHEN 'emergency' THEN 0 WHEN 'entrapment' THEN 1 ELSE 2 END, o.kind <> 'rescue', m.created_at, m.id"  # people first
)
_CLAIM: Final = text(
    f"WITH taken AS (SELECT m.id FROM {_M} JOIN work_orders o ON o.id = n.work_order_id "
    f"WHERE {_DUE} AND (m.attempts > 0 OR (n.recipient, m.drill) IN "
    "(SELECT * FROM unnest(CAST(:recipients AS text[]), CAST(:drills AS boolean[])))) "
    f"ORDER BY {_GRAVEST_FIRST} LIMIT {CLAIMED_AT_ONCE} FOR UPDATE OF m SKIP LOCKED) "
    "UPDATE notification_messages m SET attempts = m.attempts + 1, next_at = :until FROM taken WHERE m.id = taken.id RETURNING m.id"
)
_HEAD: Final = text(
    f"SELECT m.id, coalesce(s.name, e.name) AS place FROM {_M} JOIN work_orders o ON o.id = n.work_order_id "
    "LEFT JOIN equipment e ON e.id = o.equipment_id LEFT JOIN sites s ON s.id = e.site_id "
    f"WHERE {_LANE} ORDER BY {_GRAVEST_FIRST} LIMIT {PLACES_SAID} FOR UPDATE OF m"
)
_GATHER: Final = text(
    "WITH gathered AS (UPDATE notification_messages m SET status = 'collapsed', collapsed_into = :carrier FROM notifications n "
    f"WHERE n.id = m.notification_id AND {_LANE} AND m.id <> :carrier RETURNING m.notification_id), "
    "marked AS (UPDATE notifications SET status = 'collapsed' WHERE id IN (SELECT notification_id FROM gathered)), "
    "everything AS (SELECT notification_id FROM gathered UNION ALL SELECT notification_id FROM notification_messages WHERE id = :carrier) "
    "SELECT o.kind, count(*) AS many FROM everything JOIN notifications n ON n.id = notification_id "
    "JOIN work_orders o ON o.id = n.work_order_id GROUP BY o.kind ORDER BY count(*) DESC, o.kind"
)
_DIGEST: Final = text(
    "UPDATE notification_messages SET words = words || jsonb_build_object('digest', CAST(:digest AS jsonb)), "
    "attempts = attempts + 1, next_at = :until WHERE id = :carrier"
).bindparams(bindparam("digest", type_=JSONB))
_LETTERS: Final = text(
    "SELECT m.id, m.key, m.template, m.words, m.urgent, m.drill, m.attempts, m.said, n.recipient, n.channel, "
    "o.number, o.kind, o.cause, o.level, o.occurred_at, e.code, coalesce(s.name, e.name) AS place, e.name AS machine, "
    "s.name AS site, u.name AS unit, "
    "CASE WHEN starts_with(n.recipient, 'reporter:') THEN "
    "(SELECT jsonb_build_array(jsonb_build_array('sms', right(regexp_replace(i.phone, '[^0-9]', '', 'g'), 11))) FROM incident_sources i "
    "WHERE i.phone <> '' AND i.id = CAST(substr(n.recipient, length('reporter:') + 1) AS bigint)) "
    f"WHEN starts_with(n.recipient, '{team_phones.RECIPIENT}') THEN "
    f"(SELECT jsonb_agg(jsonb_build_array('sms', r.phone)) FROM ({team_phones.of('n.recipient', moment='m.next_at')}) r) "
    "ELSE (SELECT jsonb_agg(jsonb_build_array(a.channel, a.address) ORDER BY a.rank, a.id) FROM notification_addresses a "
    "WHERE a.recipient = n.recipient) END AS addresses "
    f"FROM {_M} JOIN work_orders o ON o.id = n.work_order_id LEFT JOIN equipment e ON e.id = o.equipment_id "
    "LEFT JOIN sites s ON s.id = e.site_id LEFT JOIN organizations u ON u.id = CAST(m.words ->> 'unit' AS integer) "
    f"WHERE m.id = ANY(CAST(:ids AS bigint[])) ORDER BY {_GRAVEST_FIRST}"
)
_SAY: Final = text(
    "UPDATE notification_messages m SET said = r.said FROM jsonb_to_recordset(:rows) AS r(id bigint, said text) WHERE m.id = r.id"
).bindparams(bindparam("rows", type_=JSONB))
_SETTLE: Final = text(
    "WITH done AS (SELECT * FROM jsonb_to_recordset(:rows) AS r(id bigint, status text, channel text, at timestamptz, "
    "next_at timestamptz, reference text, error text)), "
    "kept AS (UPDATE notification_messages m SET status = done.status, reference = coalesce(done.reference, m.reference), "
    "error = done.error, next_at = coalesce(done.next_at, m.next_at), "
    "sent_at = CASE WHEN done.status IN ('sent', 'delivered') THEN done.at ELSE m.sent_at END, "
    "receipt_at = CASE WHEN done.status = 'delivered' THEN done.at ELSE m.receipt_at END "
    "FROM done WHERE m.id = done.id AND m.status IN ('queued', 'failed') RETURNING m.id, m.notification_id, m.status) "
    "UPDATE notifications n SET status = kept.status, channel = done.channel FROM kept JOIN done USING (id) "
    "WHERE n.id = kept.notification_id AND kept.id = (SELECT max(x.id) FROM notification_messages x WHERE x.notification_id = n.id)"
).bindparams(bindparam("rows", type_=JSONB))
_RECEIVE: Final = text(
    "WITH heard AS (UPDATE notification_messages SET status = :status, error = :error, receipt_at = :at "
    "WHERE key = :key AND status IN ('sent', 'delivered') RETURNING id, notification_id, status) "
    "UPDATE notifications n SET status = heard.status FROM heard WHERE n.id = heard.notification_id "
    "AND heard.id = (SELECT max(x.id) FROM notification_messages x WHERE x.notification_id = n.id)"
)
_IS_KNOWN: Final = text("SELECT EXISTS (SELECT FROM notification_messages WHERE key = :key)")
_RETRY: Final = text(
    "WITH again AS (UPDATE notification_messages SET status = 'queued', attempts = 1, next_at = :at, error = NULL "
    "WHERE status = 'dead' AND (:everything OR id = ANY(CAST(:ids AS bigint[]))) RETURNING notification_id), "
    "marked AS (UPDATE notifications SET status = 'queued' WHERE id IN (SELECT notification_id FROM again)) SELECT count(*) FROM again"
)


def waits(tx: Tx, *, urgent: bool, at: datetime) -> bool:
    """Whether anything is due at all."""
    return bool(tx.scalar(_WAITS, _due(urgent, at)))


def postpone(tx: Tx, *, until: datetime, awake: Collection[str], at: datetime) -> int:
    """Let what may wait, wait until then, except for those who are awake; how many messages."""
    return _changed(tx, _POSTPONE, _due(False, at) | {"until": until, "awake": sorted(awake)})


def lanes(tx: Tx, *, urgent: bool, burst_since: datetime, since: datetime, at: datetime) -> list[Lane]:
    """What is due and was never tried, by person; whoever waits longest first."""
    said = _due(urgent, at) | {"burst_since": burst_since, "since": since}
    return [Lane(*tuple(row)) for row in tx.execute(_LANES, said)]


def claim(tx: Tx, chosen: Sequence[Lane], *, urgent: bool, until: datetime, at: datetime) -> list[int]:
    """Take the messages of these lanes, and whatever was tried before and is due again, until then; the gravest first, by number."""
    of = {"recipients": [lane.recipient for lane in chosen], "drills": [lane.drill for lane in chosen]}
    return list(tx.scalars(_CLAIM, _due(urgent, at) | {"until": until} | of))


def collapse(tx: Tx, lane: Lane, *, urgent: bool, until: datetime, at: datetime) -> int | None:
    """Make one message of all that waits in a lane, and take it until then; its number, None where nothing waits any more."""
    said = _due(urgent, at) | {"recipient": lane.recipient, "drill": lane.drill}
    head = tx.execute(_HEAD, said).all()
    if not head:
        return None
    carrier: int = head[0].id
    kinds = [[row.kind, row.many] for row in tx.execute(_GATHER, said | {"carrier": carrier})]
    places = list(dict.fromkeys(row.place for row in head if row.place))
    digest = {"count": sum(many for _, many in kinds), "kinds": kinds, "places": places}
    tx.execute(_DIGEST, {"carrier": carrier, "until": until, "digest": digest})
    return carrier


def letters(tx: Tx, ids: Sequence[int]) -> list[Row[Any]]:
    """Messages with what their words need and where they may go: `addresses` are pairs of channel and address, the first choice first."""
    return list(tx.execute(_LETTERS, {"ids": list(ids)})) if ids else []


def say(tx: Tx, said: Mapping[int, str]) -> None:
    """Keep the words of messages: what was tried once never changes, because somebody may have read it."""
    if said:
        tx.execute(_SAY, {"rows": [{"id": number, "said": words} for number, words in said.items()]})


def settle(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    """Keep what became of attempts; a message that somebody else settled meanwhile stays as it is."""
    if outcomes:
        rows = [{name: _plain(getattr(outcome, name)) for name in Outcome.__dataclass_fields__} for outcome in outcomes]
        tx.execute(_SETTLE, {"rows": rows})
        tx.touch(Watch.NOTIFICATIONS)


def receive(tx: Tx, key: str, *, status: str, error: str | None = None, at: datetime) -> bool:
    """A gateway says what became of a message it took; False where nobody knows the key."""
    return bool(_changed(tx, _RECEIVE, {"key": key, "status": status, "error": error, "at": at}) or tx.scalar(_IS_KNOWN, {"key": key}))


def retry(tx: Tx, ids: Sequence[int] | None, *, at: datetime) -> int:
    """Queue dead letters again, those of these numbers or (None) all; how many."""
    count = int(tx.scalar(_RETRY, {"everything": ids is None, "ids": list(ids or ()), "at": at}))
    if count:
        tx.touch(Watch.NOTIFICATIONS)
    return count


def _due(urgent: bool, at: datetime) -> dict[str, object]:
    return {"urgent": urgent, "at": at, "farthest": at + FARTHEST[urgent]}


def _changed(tx: Tx, statement: TextClause, said: Mapping[str, object]) -> int:
    count = int(tx.execute(statement, said).rowcount)
    if count:
        tx.touch(Watch.NOTIFICATIONS)
    return count


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
