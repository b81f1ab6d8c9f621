"""Carry out what the alarm policy decided, and put an official's name to an alarm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import alarms as queries
from data_access.repositories import alarms, audit
from data_access.repositories.alarms import Alarm, Raised
from data_access.repositories.audit import Entry
from domain.alarm_book import OFFLINE, Act, Decision
from domain.errors import Invalid, NotFound
from domain.scope import Action, Actor

NAME_LIMIT: Final = 50  # characters
NOTE_LIMIT: Final = 500  # characters


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


def acknowledge(actor: Actor, store: Store, alarm_id: int, *, name: str, note: str, at: datetime) -> None:
    """Put the actor's name and note to an alarm. Raises NotPermitted, NotFound, Conflict, Invalid(field=name|note)."""
    actor.require(Action.ACKNOWLEDGE_ALARM)
    name, note = _within("name", name, NAME_LIMIT), _within("note", note, NOTE_LIMIT)
    if not name:
        raise Invalid(field="name", reason="required")
    with store.transaction() as tx:
        if queries.by_id(actor.scope, tx, alarm_id=alarm_id) is None:
            raise NotFound(alarm=alarm_id)
        alarms.acknowledge(tx, alarm_id, name=name, account_id=actor.account_id, note=note, at=at)
        entry = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.ACKNOWLEDGE_ALARM.value,
            object=f"alarm:{alarm_id}",
            after={"name": name, "note": note},
            address=actor.address,
        )
        audit.append(tx, entry, at)


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


def _within(field_name: str, text: str, limit: int) -> str:
    text = text.strip()
    if len(text) > limit:
        raise Invalid(field=field_name, reason="too_long")
    return text
