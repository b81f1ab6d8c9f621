"""The way in, as the ingest page shows it: workers by their marks, vendors by what came from them. Of the whole district alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select

from data_access.engine import Tx
from data_access.readings_codec import unpack
from data_access.scoping import unbound, within
from data_access.tables import alarms, equipment, equipment_states, ingest_marks, quarantine_counts, vendor_minutes, vendors
from domain.equipment import MONITORED
from domain.presence import Presence
from domain.scope import Scope
from domain.truth import Verdict
from domain.uploaders import CONTRADICTIONS, Conduct

m, e, s, v, c, a = ingest_marks.c, equipment.c, equipment_states.c, vendors.c, quarantine_counts.c, alarms.c
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
VERDICTS_SINCE: Final = timedelta(days=30)
SAMPLED: Final = 100  # newest readings of each vendor that are looked into


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker's last mark; `counters` as ingest.counters writes them."""

    worker: str
    committed_at: datetime
    counters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VendorRow:
    """What a vendor's machines said last: `last_good_at` is the receipt of the newest reading that was taken, `cadence_seconds` the
    usual gap of its median machine, `spoken` the machines that ever spoke, `timely` those that speak now.
    """

    name: str
    last_good_at: datetime | None
    cadence_seconds: float | None
    spoken: int
    timely: int


def workers(scope: Scope, tx: Tx) -> list[WorkerRow]:
    """Every ingest worker that ever wrote."""
    return [WorkerRow(*row) for row in tx.rows(select(m.worker, m.committed_at, m.counters).where(unbound(scope)).order_by(m.worker))]


def vendor_speech(scope: Scope, tx: Tx) -> list[VendorRow]:
    """Every vendor with machines in the scope that ever spoke."""
    timely = func.count().filter(s.presence == Presence.ONLINE.value)
    cadence = func.percentile_cont(0.5).within_group(s.cadence_s.asc()).filter(s.cadence_s > 0)
    statement = (
        select(e.monitor_vendor, func.max(s.received_at), cadence, func.count(), timely)
        .select_from(equipment.join(equipment_states, s.equipment_id == e.id))
        .where(e.monitor_vendor.is_not(None))
        .group_by(e.monitor_vendor)
    )
    return [VendorRow(*row) for row in tx.rows(within(scope, statement).order_by(e.monitor_vendor))]


def minutes(scope: Scope, tx: Tx, *, at: datetime, count: int = 60) -> dict[str, list[int]]:
    """Messages of each vendor in the last `count` whole minutes, oldest first; minutes without any are 0."""
    last = at.replace(second=0, microsecond=0)
    first = last - timedelta(minutes=count)
    k = vendor_minutes.c
    rows = tx.rows(select(k.vendor, k.minute, k.messages).where(k.minute >= first, k.minute < last, unbound(scope)).order_by(k.vendor))
    spoken: defaultdict[str, list[int]] = defaultdict(lambda: [0] * count)
    for vendor, minute, messages in rows:
        spoken[vendor][int((minute - first).total_seconds() // 60)] = messages
    return dict(spoken)


def conducts(scope: Scope, tx: Tx, *, at: datetime) -> dict[str, Conduct]:
    """What each vendor did in the last day, by its name."""
    k = vendor_minutes.c
    messages = _numbers(tx, select(k.vendor, func.sum(k.messages)).where(k.minute >= at - DAY, unbound(scope)).group_by(k.vendor))
    contradictory = func.sum(case((c.reason.in_([reason.value for reason in CONTRADICTIONS]), c.count), else_=0))
    refused = {
        row[0]: (int(row[1]), int(row[2]))
        for row in tx.rows(
            select(c.vendor, func.sum(c.count), contradictory).where(c.minute >= at - DAY, unbound(scope)).group_by(c.vendor)
        )
    }
    speech = {row.name: row for row in vendor_speech(scope, tx)}
    filled, verdicts = _filled(scope, tx), _verdicts(scope, tx, at)
    return {
        name: Conduct(
            messages=messages.get(name, 0),
            refused=refused.get(name, (0, 0))[0],
            contradictions=refused.get(name, (0, 0))[1],
            spoken=speech[name].spoken if name in speech else 0,
            timely=speech[name].timely if name in speech else 0,
            filled=filled.get(name),
            confirmed=verdicts.get((name, Verdict.CONFIRMED.value), 0),
            false=verdicts.get((name, Verdict.FALSE.value), 0),
        )
        for name in tx.scalars(select(v.name).where(unbound(scope)).order_by(v.name))
    }


def _filled(scope: Scope, tx: Tx) -> dict[str, float]:
    """The share of fields that newest readings fill, of some machines of each vendor."""
    turn = func.row_number().over(partition_by=s.vendor, order_by=s.received_at.desc()).label("turn")
    numbered = (
        select(s.vendor, e.kind, s.data, turn)
        .select_from(equipment_states.join(equipment, e.id == s.equipment_id))
        .where(e.kind.in_(MONITORED), unbound(scope))
        .subquery()
    )
    present: defaultdict[str, int] = defaultdict(int)
    fields: defaultdict[str, int] = defaultdict(int)
    for vendor, kind, data in tx.rows(select(numbered.c.vendor, numbered.c.kind, numbered.c.data).where(numbered.c.turn <= SAMPLED)):
        values = unpack(kind, data)
        present[vendor] += sum(value is not None for value in values)
        fields[vendor] += len(values)
    return {vendor: present[vendor] / count for vendor, count in fields.items()}


def _verdicts(scope: Scope, tx: Tx, at: datetime) -> dict[tuple[str, str], int]:
    judged = select(a.vendor, a.verdict, func.count()).where(
        a.raised_at >= at - VERDICTS_SINCE, a.verdict.is_not(None), a.vendor.is_not(None), unbound(scope)
    )
    return {(vendor, verdict): count for vendor, verdict, count in tx.rows(judged.group_by(a.vendor, a.verdict))}


def _numbers(tx: Tx, statement: Any) -> dict[str, int]:
    return {name: int(number) for name, number in tx.rows(statement)}
