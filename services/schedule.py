"""What happens with time alone: monitors fall silent, waiting people make an alarm graver, old rows go, new partitions come."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data_access import partitions
from data_access.engine import Store, Tx
from data_access.repositories import alarms, housekeeping, presence, rule_settings, telemetry, trappings, vendors
from data_access.repositories.alarms import OpenAlarm, Raised
from domain.alarm_book import OFFLINE, Source
from domain.equipment import KINDS
from domain.equipment.kind import Settings
from domain.faults import ENTRAPMENT, RULES
from domain.presence import Presence, alarm_limit, presence_of
from domain.response import MANY_WITHIN, Response, ResponseLevel, level_of, level_of_cluster, level_of_wait
from domain.thresholds import READINGS_KEPT
from services import quarantine
from services.identity import UNATTENDED_IDLE
from services.lockout import LOCKED_FOR
from services.telemetry_memory import BY_TIME

log = logging.getLogger(__name__)

LEADER: Final = 310107  # advisory lock: one schedule at a time
READINGS_KEPT_AT_LEAST: Final = 48.0  # hours; the dossier's 24 h chart and a worker's memory need them
FEED_MINUTES_KEPT: Final = timedelta(hours=48)
FEED_ALIVE_SHARE: Final = 0.8  # of its minutes a vendor must have spoken before the silence of one machine is that machine's


@dataclass(frozen=True, slots=True)
class Minute:
    """What one tick did."""

    presences: int = 0
    offline: int = 0
    back: int = 0
    escalated: int = 0
    faded: int = 0
    partitions_made: int = 0
    partitions_dropped: int = 0
    expired: int = 0


def minute(store: Store, at: datetime) -> Minute | None:
    """One tick; None when another process leads. Raises StoreUnavailable."""
    with store.elected(LEADER) as leads:
        if not leads:
            return None
        with store.transaction() as tx:
            settings = rule_settings.current(tx)
            presences, offline, back = _watch_monitors(tx, settings, at)
            escalated, faded = _watch_alarms(tx, settings, at)
            if offline or back or escalated or faded:
                tx.touch(BY_TIME)
        kept_since = at - timedelta(hours=max(READINGS_KEPT_AT_LEAST, READINGS_KEPT.of(settings)))
        made, dropped = _keep_partitions(store, kept_since, at)
        with store.transaction() as tx:
            vendors.forget_minutes(tx, at - FEED_MINUTES_KEPT)
            expired = partitions.forget_before(tx, kept_since)
            expired += quarantine.tidy(tx, settings, at)
            expired += housekeeping.expire(tx, seen_before=at - UNATTENDED_IDLE, failed_before=at - LOCKED_FOR, at=at)
    done = Minute(presences, offline, back, escalated, faded, made, dropped, expired)
    if done != Minute():
        log.info("minute", extra=asdict(done))
    return done


def _watch_monitors(tx: Tx, settings: Settings, at: datetime) -> tuple[int, int, int]:
    """Judge every monitor by its own cadence: (presences changed, offline alarms raised, offline alarms cleared)."""
    rows = presence.monitors(tx)
    words = {row.equipment_id: _word(row, settings, at) for row in rows}
    changed = {row.equipment_id: words[row.equipment_id].value for row in rows if words[row.equipment_id] != row.presence}
    feeds = presence.minutes_heard(tx, at - FEED_MINUTES_KEPT)
    silent = [row for row in rows if not row.alarmed and _went_silent(row, feeds, settings, at)]
    back = [row for row in rows if row.alarmed and words[row.equipment_id] is not Presence.OFFLINE]
    raised = alarms.raise_(tx, [_offline(row, settings, at) for row in silent])
    alarms.clear(tx, [(row.equipment_id, OFFLINE, row.sampled_at) for row in back])
    return telemetry.set_presence(tx, changed), len(raised), len(back)


def _word(row: Any, settings: Settings, at: datetime) -> Presence:
    bound = row.monitor_vendor is not None
    return presence_of(bound=bound, sampled_at=row.sampled_at, cadence_seconds=row.cadence_s, settings=settings, at=at)


def _went_silent(row: Any, feeds: Mapping[str, Sequence[datetime]], settings: Settings, at: datetime) -> bool:
    """Whether the machine itself is silent: its vendor's feed went on speaking, so it is neither their outage nor ours."""
    limit = alarm_limit(KINDS[row.kind], row.cadence_s, settings)
    if row.monitor_vendor is None or (at - row.sampled_at).total_seconds() <= limit:
        return False
    minutes = feeds.get(row.monitor_vendor, [])
    heard = len(minutes) - bisect_left(minutes, at - timedelta(seconds=limit))
    return heard >= FEED_ALIVE_SHARE * limit / 60


def _offline(row: Any, settings: Settings, at: datetime) -> Raised:
    limit = alarm_limit(KINDS[row.kind], row.cadence_s, settings)
    evidence = {"sampled_at": row.sampled_at.isoformat(), "limit_seconds": limit}
    response = level_of(RULES[OFFLINE], person=None)
    moment = row.sampled_at + timedelta(seconds=limit)
    return _raised(row.equipment_id, OFFLINE, response, Source.PRESENCE, moment, at, evidence=evidence)


def _watch_alarms(tx: Tx, settings: Settings, at: datetime) -> tuple[int, int]:
    """What time does to open alarms: (levels that rose, alarms of vendors' words that nobody repeated or ended)."""
    open_now = [alarm for families in alarms.open_by_equipment(tx).values() for alarm in families.values()]
    moments = trappings.raised_since(tx, at - timedelta(seconds=MANY_WITHIN.of(settings)))
    trapped = [(alarm, _graver(alarm, moments, settings, at)) for alarm in open_now if alarm.family == ENTRAPMENT]
    rising = [_escalated(alarm, response, at) for alarm, response in trapped if response.level.value != alarm.level]
    alarms.raise_(tx, rising)
    faded = [alarm for alarm in open_now if _faded(alarm, settings, at)]
    alarms.clear(tx, [(alarm.equipment_id, alarm.family, at) for alarm in faded])
    return len(rising), len(faded)


def _faded(alarm: OpenAlarm, settings: Settings, at: datetime) -> bool:
    """Whether it rests on a vendor's word alone, which came long ago. Entrapment waits for evidence, an offline machine for a reading."""
    if alarm.source != Source.EVENT or alarm.family in (ENTRAPMENT, OFFLINE):
        return False
    return (at - alarm.last_occurred_at).total_seconds() > RULES[alarm.rule].lasts.of(settings)


def _graver(alarm: OpenAlarm, moments: Sequence[datetime], settings: Settings, at: datetime) -> Response:
    response = Response(ResponseLevel(alarm.level), alarm.urgent, alarm.reason)
    response = level_of_wait(response, trapped_seconds=(at - alarm.raised_at).total_seconds(), settings=settings)
    return level_of_cluster(response, raised_at=moments, settings=settings, at=at)


def _escalated(alarm: OpenAlarm, response: Response, at: datetime) -> Raised:
    return _raised(alarm.equipment_id, alarm.rule, response, Source.RULE, alarm.last_occurred_at, at, occurrences=0)


def _raised(
    equipment_id: int,
    rule: str,
    response: Response,
    source: Source,
    moment: datetime,
    at: datetime,
    *,
    occurrences: int = 1,
    evidence: Mapping[str, object] | None = None,
) -> Raised:
    fault = RULES[rule]
    return Raised(
        equipment_id=equipment_id,
        family=fault.family,
        rule=rule,
        category=fault.category.value,
        level=response.level.value,
        urgent=response.urgent,
        reason=response.reason,
        source=source.value,
        raised_at=moment,
        detected_at=at,
        evidence=evidence or {},
        occurrences=occurrences,
    )


def _keep_partitions(store: Store, kept_since: datetime, at: datetime) -> tuple[int, int]:
    """A transaction for each: a new partition locks the default one, and a batch may be waiting for it."""
    with store.reading() as tx:
        hours = partitions.missing(tx, at)
    for hour in hours:
        with store.transaction() as tx:
            partitions.ensure(tx, hour, hours_ahead=0)
    with store.transaction() as tx:
        dropped = partitions.drop_before(tx, kept_since)
    return len(hours), len(dropped)
