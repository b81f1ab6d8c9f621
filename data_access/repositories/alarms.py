"""Alarms: raised, repeated, escalated, cleared and acknowledged, many in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from data_access.engine import Tx
from data_access.watches import Watch, touched
from domain.errors import Conflict, NotFound
from domain.response import ResponseLevel

_RANK: Final = "array_position(ARRAY['minor_fault', 'entrapment', 'emergency'], {}.level)"
_HIGHER: Final = f"{_RANK.format('excluded')} > {_RANK.format('a')}"

_RAISE: Final = text(
    "INSERT INTO alarms AS a (equipment_id, kind, street_code, vendor, family, rule, category, level, urgent, reason, source, "
    "raised_at, detected_at, occurrences, last_occurred_at, person, evidence) "
    "SELECT r.equipment_id, e.kind, e.street_code, e.monitor_vendor, r.family, r.rule, r.category, r.level, r.urgent, r.reason, r.source, "
    "r.raised_at, r.detected_at, r.occurrences, r.last_occurred_at, r.person, r.evidence "
    "FROM jsonb_to_recordset(:raised) AS r (equipment_id int4, family text, rule text, category text, level text, urgent bool, "
    "reason text, source text, raised_at timestamptz, detected_at timestamptz, occurrences int4, last_occurred_at timestamptz, "
    "person bool, evidence jsonb) "
    "JOIN equipment e ON e.id = r.equipment_id ORDER BY r.equipment_id, r.family "
    "ON CONFLICT (equipment_id, family) WHERE cleared_at IS NULL DO UPDATE SET "
    f"reason = CASE WHEN {_HIGHER} THEN excluded.reason ELSE a.reason END, "
    f"level = CASE WHEN {_HIGHER} THEN excluded.level ELSE a.level END, "
    "urgent = a.urgent OR excluded.urgent, occurrences = a.occurrences + excluded.occurrences, "
    "last_occurred_at = CASE WHEN excluded.occurrences > 0 THEN greatest(a.last_occurred_at, excluded.last_occurred_at) "
    "ELSE a.last_occurred_at END, "
    "person = coalesce(a.person OR excluded.person, a.person, excluded.person) "
    "RETURNING id, equipment_id, kind, street_code, family, rule, category, level, urgent, occurrences, raised_at, (xmax = 0) AS is_new, "
    "reason, last_occurred_at"
).bindparams(bindparam("raised", type_=JSONB))

_CLEAR: Final = text(
    "UPDATE alarms a SET cleared_at = greatest(c.at, a.raised_at) "
    "FROM unnest(CAST(:ids AS int4[]), CAST(:families AS text[]), CAST(:times AS timestamptz[])) AS c (equipment_id, family, at) "
    "WHERE a.equipment_id = c.equipment_id AND a.family = c.family AND a.cleared_at IS NULL "
    "RETURNING a.id, a.equipment_id, a.family, a.street_code"
)
_SETTLE: Final = text(
    "UPDATE alarms a SET source = s.source, rule = s.rule, raised_at = s.raised_at, evidence = s.evidence "
    "FROM jsonb_to_recordset(:raised) AS s (equipment_id int4, family text, rule text, source text, raised_at timestamptz, evidence jsonb) "
    "WHERE a.equipment_id = s.equipment_id AND a.family = s.family AND a.cleared_at IS NULL AND a.source = 'ahead' "
    "RETURNING a.street_code"
).bindparams(bindparam("raised", type_=JSONB))
_RISE: Final = text(
    "WITH people AS (SELECT a.id FROM work_orders w JOIN alarms a ON a.equipment_id = w.equipment_id AND a.cleared_at IS NULL "
    "WHERE w.closed_at IS NULL AND w.kind = 'rescue' AND w.level = 'emergency' AND w.reason = :reason AND NOT w.drill "
    "AND a.level = 'entrapment' ORDER BY a.equipment_id, a.family FOR UPDATE OF a) "
    "UPDATE alarms a SET level = 'emergency', reason = :reason, urgent = true FROM people WHERE a.id = people.id RETURNING a.street_code"
)
_ACKNOWLEDGE: Final = text(
    "UPDATE alarms SET acknowledged_at = :at, acknowledged_by = :name, acknowledged_account = :account, acknowledgement_note = :note "
    "WHERE id = :id AND acknowledged_at IS NULL RETURNING street_code"
)
_ACKNOWLEDGED: Final = text("SELECT acknowledged_by, acknowledged_at FROM alarms WHERE id = :id")
_OPEN: Final = text(
    "SELECT id, equipment_id, family, rule, level, urgent, reason, raised_at, last_occurred_at, person, source FROM alarms "
    "WHERE cleared_at IS NULL AND (CAST(:ids AS int4[]) IS NULL OR equipment_id = ANY(CAST(:ids AS int4[])))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One occurrence: it opens the family's alarm, or is added to the open one. With `occurrences` 0 it only raises the level."""

    equipment_id: int
    family: str
    rule: str
    category: str
    level: str
    urgent: bool
    reason: str
    source: str
    raised_at: datetime  # the device's time
    detected_at: datetime  # our clock
    person: bool | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)
    occurrences: int = 1
    last_occurred_at: datetime | None = None  # None: at raised_at


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm after it was raised; `is_new` when this call opened it."""

    id: int
    equipment_id: int
    kind: str
    street_code: str | None
    family: str
    rule: str
    category: str
    level: str
    urgent: bool
    occurrences: int
    raised_at: datetime
    is_new: bool
    reason: str
    last_occurred_at: datetime
    channels: tuple[str, ...] = ()  # by which vendors said that it came, this time: the city platform's alarmChannel


@dataclass(frozen=True, slots=True)
class Cleared:
    """An alarm that was closed."""

    id: int
    equipment_id: int
    family: str


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An open alarm as a starting worker needs it."""

    id: int
    equipment_id: int
    family: str
    rule: str
    level: str
    urgent: bool
    reason: str
    raised_at: datetime
    last_occurred_at: datetime
    person: bool | None
    source: str


def raise_(tx: Tx, raised: Iterable[Raised]) -> list[Alarm]:
    """Open alarms, or add occurrences to those that are open; the alarms as they are now."""
    occurrences = list(raised)
    folded = _fold(occurrences)
    if not folded:
        return []
    channels = _channels(occurrences)
    rows = [
        replace(Alarm(*tuple(row)), channels=channels.get((row.equipment_id, row.family), ()))
        for row in tx.execute(_RAISE, {"raised": [_wire(entry) for entry in folded]})
    ]
    tx.touch(*touched(Watch.ALARMS, {alarm.street_code for alarm in rows}))
    return rows


def rise_with_orders(tx: Tx, *, reason: str) -> int:
    """Make open alarms about people emergencies where the rescue of their machine has become one for this reason; how many."""
    rows = tx.execute(_RISE, {"reason": reason}).all()
    tx.touch(*touched(Watch.ALARMS, {row.street_code for row in rows}))
    return len(rows)


def settle(tx: Tx, raised: Sequence[Raised]) -> None:
    """Give alarms that were seen ahead of a backlog the beginning, rule and evidence that the law found; others stay as they are."""
    if raised:
        rows = tx.execute(_SETTLE, {"raised": [_wire(entry) for entry in raised]}).all()
        tx.touch(*touched(Watch.ALARMS, {row.street_code for row in rows}))


def clear(tx: Tx, families: Sequence[tuple[int, str, datetime]]) -> list[Cleared]:
    """Close the open alarms of (equipment_id, family) at the given device time; those that were open."""
    if not families:
        return []
    ordered = sorted(families)
    columns = {"ids": [f[0] for f in ordered], "families": [f[1] for f in ordered], "times": [f[2] for f in ordered]}
    rows = tx.execute(_CLEAR, columns).all()
    tx.touch(*touched(Watch.ALARMS, {row.street_code for row in rows}))
    return [Cleared(row.id, row.equipment_id, row.family) for row in rows]


def acknowledge(tx: Tx, alarm_id: int, *, name: str, account_id: int, note: str, at: datetime) -> None:
    """Put a name to an alarm. Raises Conflict when somebody was first, NotFound when there is no such alarm."""
    done = tx.execute(_ACKNOWLEDGE, {"id": alarm_id, "name": name, "account": account_id, "note": note, "at": at}).one_or_none()
    if done is None:
        first: Row[Any] | None = tx.execute(_ACKNOWLEDGED, {"id": alarm_id}).one_or_none()
        raise NotFound(alarm=alarm_id) if first is None else Conflict(by=first.acknowledged_by, at=first.acknowledged_at)
    tx.touch(*touched(Watch.ALARMS, {done.street_code}))


def open_by_equipment(tx: Tx, equipment_ids: Sequence[int] | None = None) -> dict[int, dict[str, OpenAlarm]]:
    """The open alarms of these machines (None: of all): equipment_id → family → alarm."""
    found: dict[int, dict[str, OpenAlarm]] = {}
    for row in tx.execute(_OPEN, {"ids": None if equipment_ids is None else list(equipment_ids)}):
        found.setdefault(row.equipment_id, {})[row.family] = OpenAlarm(*tuple(row))
    return found


def _channels(raised: Iterable[Raised]) -> dict[tuple[int, str], tuple[str, ...]]:
    said: dict[tuple[int, str], dict[str, None]] = {}
    for entry in raised:
        if channel := entry.evidence.get("channel"):
            said.setdefault((entry.equipment_id, entry.family), {})[str(channel)] = None
    return {key: tuple(channels) for key, channels in said.items()}


def _fold(raised: Iterable[Raised]) -> list[Raised]:
    """One entry per (equipment, family): a statement may touch a row once only."""
    folded: dict[tuple[int, str], Raised] = {}
    for entry in raised:
        key = (entry.equipment_id, entry.family)
        folded[key] = _join(folded[key], entry) if key in folded else entry
    return list(folded.values())


def _join(first: Raised, more: Raised) -> Raised:
    graver = max(first, more, key=lambda r: ResponseLevel(r.level).rank)
    person = True if first.person or more.person else more.person if first.person is None else first.person
    return replace(
        first,
        level=graver.level,
        reason=graver.reason,
        urgent=first.urgent or more.urgent,
        person=person,
        occurrences=first.occurrences + more.occurrences,
        last_occurred_at=max(first.last_occurred_at or first.raised_at, more.raised_at) if more.occurrences else first.last_occurred_at,
    )


def _wire(entry: Raised) -> dict[str, object]:
    return {
        "equipment_id": entry.equipment_id,
        "family": entry.family,
        "rule": entry.rule,
        "category": entry.category,
        "level": entry.level,
        "urgent": entry.urgent,
        "reason": entry.reason,
        "source": entry.source,
        "raised_at": entry.raised_at.isoformat(),
        "detected_at": entry.detected_at.isoformat(),
        "occurrences": entry.occurrences,
        "last_occurred_at": (entry.last_occurred_at or entry.raised_at).isoformat(),
        "person": entry.person,
        "evidence": dict(entry.evidence),
    }
