"""What happens with time alone: waiting people make an alarm graver, old rows go, new partitions come."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.locks import Lock
from data_access.repositories import alarms, housekeeping, outages, ratings, rule_settings, vendors
from data_access.repositories.alarms import OpenAlarm, Raised
from domain.alarm_book import OFFLINE, Source
from domain.equipment.kind import Settings
from domain.faults import ENTRAPMENT, RULES
from domain.response import Response, ResponseLevel, level_of_wait
from services import compaction, incidents, quarantine, retention
from services.identity import UNATTENDED_IDLE
from services.lockout import LOCKED_FOR
from services.telemetry_memory import BY_TIME

log = logging.getLogger(__name__)

FEED_MINUTES_KEPT: Final = timedelta(hours=48)
OUTAGES_KEPT: Final = timedelta(days=400)  # a year's report, and some time to write it
LINKS_EXPLAINED: Final = timedelta(days=60)  # so long somebody is told that his link has run out


@dataclass(frozen=True, slots=True)
class Minute:
    """What one tick did."""

    escalated: int = 0
    faded: int = 0
    partitions_made: int = 0
    partitions_dropped: int = 0
    compacted: int = 0
    merged: int = 0
    repeated: int = 0
    conflicts: int = 0
    expired: int = 0


def minute(store: Store, at: datetime) -> Minute | None:
    """One tick; None when another process leads. Raises StoreUnavailable."""
    with store.elected(Lock.SCHEDULE) as leads:
        if not leads:
            return None
        with store.transaction() as tx:
            settings = rule_settings.current(tx)
            escalated, faded = _watch_alarms(tx, settings, at)
            if escalated or faded:
                tx.touch(BY_TIME)
        with store.transaction() as tx:
            vendors.forget_minutes(tx, at - FEED_MINUTES_KEPT)
            expired = outages.forget(tx, at - OUTAGES_KEPT)
            expired += quarantine.tidy(tx, settings, at)
            expired += ratings.forget_links(tx, expired_before=at - LINKS_EXPLAINED)
            expired += housekeeping.expire(tx, seen_before=at - UNATTENDED_IDLE, failed_before=at - LOCKED_FOR, at=at)
        expired += retention.forget(store, settings, at)
        kept = compaction.keep(store, settings, at)
    done = Minute(
        escalated, faded, kept.made, kept.dropped, kept.compacted, kept.merged, kept.repeated, kept.conflicts, expired + kept.expired
    )
    if done != Minute():
        log.info("minute", extra=asdict(done))
    return done


def _watch_alarms(tx: Tx, settings: Settings, at: datetime) -> tuple[int, int]:
    """What time does to open alarms: (levels that rose, alarms of vendors' words that nobody repeated or ended)."""
    open_now = [alarm for families in alarms.open_by_equipment(tx).values() for alarm in families.values()]
    trapped = [(alarm, _graver(alarm, settings, at)) for alarm in open_now if alarm.family == ENTRAPMENT]
    rising = [_escalated(alarm, response, at) for alarm, response in trapped if response.level.value != alarm.level]
    incidents.risen(tx, alarms.raise_(tx, rising), at=at)
    faded = [alarm for alarm in open_now if _faded(alarm, settings, at)]
    alarms.clear(tx, [(alarm.equipment_id, alarm.family, at) for alarm in faded])
    return len(rising), len(faded)


def _faded(alarm: OpenAlarm, settings: Settings, at: datetime) -> bool:
    """Whether it rests on a vendor's word alone, which came long ago. Entrapment waits for evidence, an offline machine for a reading."""
    if alarm.source != Source.EVENT or alarm.family in (ENTRAPMENT, OFFLINE):
        return False
    return (at - alarm.last_occurred_at).total_seconds() > RULES[alarm.rule].lasts.of(settings)


def _graver(alarm: OpenAlarm, settings: Settings, at: datetime) -> Response:
    response = Response(ResponseLevel(alarm.level), alarm.urgent, alarm.reason)
    return level_of_wait(response, trapped_seconds=(at - alarm.raised_at).total_seconds(), settings=settings)


def _escalated(alarm: OpenAlarm, response: Response, at: datetime) -> Raised:
    """An occurrence that only raises the level."""
    fault = RULES[alarm.rule]
    return Raised(
        equipment_id=alarm.equipment_id,
        family=fault.family,
        rule=alarm.rule,
        category=fault.category.value,
        level=response.level.value,
        urgent=response.urgent,
        reason=response.reason,
        source=Source.RULE.value,
        raised_at=alarm.last_occurred_at,
        detected_at=at,
        occurrences=0,
    )
