"""Watch the monitors: who fell silent, alone or together with others, and who came back. Every few seconds, one leader."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.locks import Lock
from data_access.repositories import alarms, outages, presence, rule_settings
from data_access.repositories.alarms import Raised
from data_access.repositories.outages import Outage
from data_access.repositories.presence import Feed, Hearing, MonitorRow, Word
from domain.alarm_book import OFFLINE, Source
from domain.equipment import KINDS
from domain.equipment.kind import Settings
from domain.faults import RULES
from domain.listening import DEAF_AFTER, Span, listened, merged
from domain.outages import BURSTS_WITHIN, POWER_BEFORE, Cause, Clues, Key, Monitor, is_over, losses
from domain.presence import OFFLINE_AFTER, SILENT_AFTER, Presence, alarm_limit, may_sleep, offline_limit, presence_after
from domain.response import level_of
from domain.vendors import is_late
from services import incidents, monitor_orders
from services.telemetry_memory import BY_TIME

log = logging.getLogger(__name__)

LOOK_BACK: Final = timedelta(hours=48)  # the longest silence that is an alarm is a day
UNHEARD: Final = frozenset({Presence.ONLINE, Presence.SILENT})  # words that need somebody who listens


@dataclass(frozen=True, slots=True)
class Watched:
    """What one look did: machines whose word changed, single offline alarms, machines lost and back together, outages."""

    presences: int = 0
    offline: int = 0
    back: int = 0
    folded: int = 0
    lost: int = 0
    returned: int = 0
    begun: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is known at one moment: until when we listened, and when we could not hear everybody (""), or a vendor."""

    at: datetime
    horizon: datetime
    deaf: Mapping[str, Sequence[Span]]
    settings: Settings

    @property
    def blind(self) -> bool:
        """Whether nothing at all has been heard of late."""
        return self.at - self.horizon > DEAF_AFTER

    def silence(self, row: MonitorRow, *, of_itself: bool) -> float:
        """Seconds since a machine's newest sample in which we listened; `of_itself` leaves out its vendor's outages too."""
        spans = self.deaf.get(row.vendor or "", self.deaf[""]) if of_itself else self.deaf[""]
        return listened(row.sampled_at, self.horizon, spans)


def watch(store: Store, at: datetime) -> Watched | None:
    """One look at every monitor; None when another process leads. Raises StoreUnavailable."""
    with store.elected(Lock.PRESENCE) as leads:
        if not leads:
            return None
        with store.transaction() as tx:
            done, words = _judge(tx, at)
        with store.transaction() as tx:  # apart, and last: the workers wait for rows that it changes
            presences = presence.set_words(tx, words)
    seen = Watched(presences, **done)
    if seen != Watched():
        log.info("presence", extra=asdict(seen))
    return seen


def _judge(tx: Tx, at: datetime) -> tuple[dict[str, int], list[Word]]:
    hearing = presence.hearing(tx)
    if hearing.heard_at is None:
        return {}, []
    horizon = min(at, hearing.heard_at)
    _note_sight(tx, outages.lately(tx, at - LOOK_BACK), horizon, at)
    returned, _ = outages.note_back(tx, at)
    known = outages.lately(tx, at - LOOK_BACK)
    sight = _Sight(at, horizon, _deaf(known, horizon), rule_settings.current(tx))
    everyone = presence.monitors(tx)
    rows = [row for row in everyone if not _unwatched(row)]
    lost, together = _together(tx, rows, hearing, known, sight)
    single = _single(tx, rows, lost, sight)
    single["back"] += len(alarms.clear(tx, [(row.equipment_id, OFFLINE, at) for row in everyone if row.alarmed_at and _unwatched(row)]))
    if any(single.values()):
        tx.touch(BY_TIME)
    return {"returned": returned, **together, **single}, list(_words(rows, lost, sight))


def _together(
    tx: Tx, rows: Sequence[MonitorRow], hearing: Hearing, known: Sequence[Outage], sight: _Sight
) -> tuple[dict[int, Cause], dict[str, int]]:
    """Open, join and end outages: (the machines of open ones with their causes, what was done)."""
    found = [] if sight.blind else losses(_alive(rows, sight), _clues(tx, hearing, known, sight))
    for loss in found:
        log.info("monitors_lost", extra={"cause": loss.cause.value, "group": loss.key.name, "lost": len(loss.members)})
    ids = set(outages.declare(tx, found, known, sight.at))
    standing = [outage for outage in known if outage.ended_at is None and outage.key is not None and outage.id not in ids]
    over = {o.id for o in standing if is_over(o.lost, o.gone, o.back, o.last_back_at, sight.at)}
    outages.end(tx, over, sight.at)
    causes = {outage.id: outage.cause for outage in known if outage.id not in over}
    lost = {row.equipment_id: causes[row.outage_id] for row in rows if row.outage_id in causes}
    lost |= {monitor.equipment_id: loss.cause for loss in found for monitor in loss.members}
    counts = {"lost": sum(len(loss.members) for loss in found), "begun": len(ids - {outage.id for outage in known}), "ended": len(over)}
    return lost, counts


def _single(tx: Tx, rows: Sequence[MonitorRow], lost: Mapping[int, Cause], sight: _Sight) -> dict[str, int]:
    """Raise and clear the offline alarms of machines that are silent alone."""
    folded = outages.fold_alarms(tx, sight.at)
    long_ago = sight.horizon - timedelta(seconds=OFFLINE_AFTER.of(sight.settings))  # the shortest silence that is an alarm
    quiet = [row for row in rows if row.sampled_at < long_ago and row.alarmed_at is None]
    due = [row for row in quiet if row.equipment_id not in lost and _is_due(row, sight)]
    raised = alarms.raise_(tx, [_offline(row, sight) for row in due])
    incidents.respond(tx, raised, at=sight.at)
    back = alarms.clear(tx, [(row.equipment_id, OFFLINE, row.sampled_at) for row in rows if _speaks_again(row, sight)])
    monitor_orders.spoke_again(tx, {row.equipment_id: row.sampled_at for row in rows if _speaks(row, sight)}, at=sight.at)
    return {"folded": folded, "offline": len(raised), "back": len(back)}


def _unwatched(row: MonitorRow) -> bool:
    return row.vendor is None or row.disused


def _note_sight(tx: Tx, known: Iterable[Outage], horizon: datetime, at: datetime) -> None:
    """Open or close the platform's own outage: time in which nothing at all was heard is nobody else's."""
    own = next((outage for outage in known if outage.key is None and outage.ended_at is None), None)
    if at - horizon > DEAF_AFTER:
        if own is None:
            outages.lose_sight(tx, horizon, at)
    elif own is not None:
        outages.regain_sight(tx, own.id, presence.first_heard_after(tx, own.started_at) or horizon)


def _deaf(known: Sequence[Outage], horizon: datetime) -> dict[str, Sequence[Span]]:
    """When nothing could be heard of anybody (""), and of each vendor that was lost as a whole."""
    spans: dict[str, list[Span]] = {"": []}
    for outage in known:
        if outage.cause in (Cause.PLATFORM, Cause.VENDOR):
            spans.setdefault(outage.name, []).append((outage.started_at, outage.ended_at or horizon))
    return {name: merged([*of_name, *spans[""]]) for name, of_name in spans.items()}


def _alive(rows: Iterable[MonitorRow], sight: _Sight) -> Iterator[Monitor]:
    """The monitors whose silence would be news: not lost already, not offline, and of a kind that does not sleep."""
    awake = {name for name, kind in KINDS.items() if not may_sleep(kind, sight.settings)}
    for row in rows:
        if row.outage_id is None and row.presence != Presence.OFFLINE and row.kind in awake:
            yield Monitor(
                row.equipment_id, row.vendor or "", row.gateway, row.site_id, row.received_at, row.sampled_at, row.cadence_seconds
            )


def _clues(tx: Tx, hearing: Hearing, known: Iterable[Outage], sight: _Sight) -> Clues:
    bursts: dict[Key, list[float]] = {}
    for outage in known:
        if outage.key and outage.ended_at and sight.at - outage.ended_at < BURSTS_WITHIN:
            bursts.setdefault(outage.key, []).append((outage.ended_at - outage.started_at).total_seconds())
    return Clues(
        horizon=sight.horizon,
        deaf=sight.deaf[""],
        powerless=presence.powerless_sites(tx, sight.horizon - POWER_BEFORE),
        hung_up=frozenset(feed.name for feed in hearing.vendors if _hung_up(feed, sight.horizon)),
        stalled=presence.stalled(hearing, sight.horizon, DEAF_AFTER),
        bursts=bursts,
        settings=sight.settings,
    )


def _hung_up(feed: Feed, horizon: datetime) -> bool:
    return feed.connected is False or is_late((feed.heartbeat_at, feed.last_message_at), feed.pause_seconds, horizon)


def _is_due(row: MonitorRow, sight: _Sight) -> bool:
    """Whether its own silence is long enough for an alarm."""
    limit = alarm_limit(KINDS[row.kind], row.cadence_seconds, sight.settings)
    return (sight.horizon - row.sampled_at).total_seconds() > limit and sight.silence(row, of_itself=True) > limit


def _speaks_again(row: MonitorRow, sight: _Sight) -> bool:
    """Whether it has an offline alarm, and spoke since."""
    return row.alarmed_at is not None and row.alarmed_at <= row.sampled_at and _speaks(row, sight)


def _speaks(row: MonitorRow, sight: _Sight) -> bool:
    return (sight.at - row.sampled_at).total_seconds() <= offline_limit(row.cadence_seconds, sight.settings)


def _offline(row: MonitorRow, sight: _Sight) -> Raised:
    fault = RULES[OFFLINE]
    limit = alarm_limit(KINDS[row.kind], row.cadence_seconds, sight.settings)
    response = level_of(fault, person=None)
    return Raised(
        equipment_id=row.equipment_id,
        family=fault.family,
        rule=OFFLINE,
        category=fault.category.value,
        level=response.level.value,
        urgent=response.urgent,
        reason=response.reason,
        source=Source.PRESENCE.value,
        raised_at=row.sampled_at + timedelta(seconds=limit),
        detected_at=sight.at,
        evidence={"sampled_at": row.sampled_at.isoformat(), "limit_seconds": limit},
    )


def _words(rows: Iterable[MonitorRow], lost: Mapping[int, Cause], sight: _Sight) -> Iterator[Word]:
    """The words that change."""
    unsure = (sight.at - sight.horizon).total_seconds() > SILENT_AFTER.of(sight.settings)
    lately = sight.horizon - timedelta(seconds=SILENT_AFTER.of(sight.settings))
    for row in rows:
        if row.sampled_at > lately and row.presence == Presence.ONLINE and not unsure and row.equipment_id not in lost:
            continue
        word = presence_after(sight.silence(row, of_itself=False), row.cadence_seconds, sight.settings)
        cause = lost.get(row.equipment_id)
        if cause is Cause.PLATFORM or (unsure and word in UNHEARD):
            word = Presence.UNKNOWN
        elif word is Presence.ONLINE and cause is not None:
            word = Presence.SILENT
        if word != row.presence:
            yield Word(row.equipment_id, word.value, row.sampled_at)
