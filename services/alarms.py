"""Carry out what the alarm policy decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from data_access.engine import Tx
from data_access.repositories import alarms
from data_access.repositories.alarms import Alarm, Raised
from domain.alarm_book import OFFLINE, Act, Decision


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision about one machine, and when our clock heard what led to it."""

    equipment_id: int
    decision: Decision
    detected_at: datetime


@dataclass(slots=True)
class _Round:
    """What one pair of statements can do: every family is raised first and closed once at most."""

    raised: list[Raised] = field(default_factory=list)
    closed: list[tuple[int, str, datetime]] = field(default_factory=list)


def record(tx: Tx, rulings: Sequence[Ruling], *, returned: Iterable[tuple[int, datetime]] = ()) -> list[Alarm]:
    """Write the rulings in their order; the alarms that are new.

    `returned` are machines, with the time of their reading, that speak again after having been offline: whichever process
    raised that alarm, it ends here.
    """
    opened: list[Alarm] = []
    for turn in _rounds(rulings):
        opened += [alarm for alarm in alarms.raise_(tx, turn.raised) if alarm.is_new]
        alarms.clear(tx, turn.closed)
    alarms.clear(tx, [(equipment_id, OFFLINE, at) for equipment_id, at in returned])
    return opened


def _rounds(rulings: Iterable[Ruling]) -> list[_Round]:
    """A family that closes and opens again within one batch needs a second pair of statements."""
    rounds: list[_Round] = [_Round()]
    turn: defaultdict[tuple[int, str], int] = defaultdict(int)
    for ruling in rulings:
        key = (ruling.equipment_id, ruling.decision.family)
        if turn[key] == len(rounds):
            rounds.append(_Round())
        if ruling.decision.act is Act.CLOSE:
            rounds[turn[key]].closed.append((*key, ruling.decision.at))
            turn[key] += 1
        else:
            rounds[turn[key]].raised.append(_raised(ruling))
    return rounds


def _raised(ruling: Ruling) -> Raised:
    decision = ruling.decision
    return Raised(
        equipment_id=ruling.equipment_id,
        family=decision.family,
        rule=decision.rule,
        category=decision.category.value,
        level=decision.response.level.value,
        urgent=decision.response.urgent,
        reason=decision.response.reason,
        source=decision.source.value,
        raised_at=decision.at,
        detected_at=ruling.detected_at,
        person=decision.person,
        evidence=decision.evidence,
        occurrences=0 if decision.act is Act.ESCALATE else 1,
    )
