"""Carry out what the alarm policy decided, and put an official's name to an alarm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.queries import alarms as queries
from data_access.repositories import alarms, audit, verdicts
from data_access.repositories.alarms import Alarm, Raised
from data_access.repositories.audit import Entry
from data_access.repositories.verdicts import Given
from domain.alarm_book import OFFLINE, Act, Decision
from domain.errors import Conflict, Invalid, NotFound
from domain.scope import Action, Actor
from domain.truth import Verdict
from services import seats

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
    """What one set of statements can do: every family is raised first and closed once at most."""

    raised: list[Raised] = field(default_factory=list)
    settled: list[Raised] = field(default_factory=list)
    closed: list[tuple[int, str, datetime]] = field(default_factory=list)


def record(tx: Tx, rulings: Sequence[Ruling], *, returned: Iterable[tuple[int, datetime]] = ()) -> list[Alarm]:
    """Write the rulings in their order; the alarms they opened, repeated or made graver, each as it then was.

    `returned` are machines, with the time of their reading, that speak again after having been offline: whichever process
    raised that alarm, it ends here.
    """
    raised: list[Alarm] = []
    for turn in _rounds(rulings):
        raised += alarms.raise_(tx, turn.raised)
        alarms.settle(tx, turn.settled)
        alarms.clear(tx, turn.closed)
    alarms.clear(tx, [(equipment_id, OFFLINE, at) for equipment_id, at in returned])
    return raised


def acknowledge(actor: Actor, store: Store, alarm_id: int, *, name: str, note: str, verdict: Verdict | None = None, at: datetime) -> None:
    """Put the actor's name and note to an alarm, and what it turned out to be when that is known already.

    Raises NotPermitted, NotFound, Conflict, Invalid(field=name|note).
    """
    actor.require(Action.ACKNOWLEDGE_ALARM)
    if verdict is not None:
        actor.require(Action.JUDGE_ALARM)
    name, note = named(name), within("note", note, NOTE_LIMIT)
    with store.transaction() as tx:
        _visible(actor, tx, alarm_id)
        alarms.acknowledge(tx, alarm_id, name=name, account_id=actor.account_id, note=note, at=at)
        seats.heard(actor, tx, alarm_id, at=at)
        if verdict is not None:
            before = verdicts.locked(tx, alarm_id)
            _unchanged(before, seen=None)
            verdicts.give(tx, alarm_id, _given(actor, verdict, name, note, at))
        said = {"name": name, "note": note} | ({"verdict": verdict.value} if verdict else {})
        audit.append(tx, _entry(actor, Action.ACKNOWLEDGE_ALARM, f"alarm:{alarm_id}", after=said), at)


def judge(
    actor: Actor,
    store: Store,
    alarm_id: int,
    *,
    verdict: Verdict,
    note: str,
    name: str = "",
    seen: Verdict | None = None,
    at: datetime,
) -> None:
    """Say what an alarm turned out to be, or correct what was said: `seen` is the verdict the actor corrects, which needs a reason.

    `name` is the person's where it is not the account's. Raises NotPermitted, NotFound, Conflict when the verdict is no longer the one
    that was seen, Invalid(field=name|note).
    """
    actor.require(Action.JUDGE_ALARM)
    name, note = named(name or actor.name), within("note", note, NOTE_LIMIT)
    if seen is not None and not note:
        raise Invalid(field="note", reason="required")
    with store.transaction() as tx:
        _visible(actor, tx, alarm_id)
        before = verdicts.locked(tx, alarm_id)
        _unchanged(before, seen=seen)
        verdicts.give(tx, alarm_id, _given(actor, verdict, name, note, at))
        entry = _entry(
            actor,
            Action.JUDGE_ALARM,
            f"alarm:{alarm_id}",
            before=before and {"verdict": before.verdict.value, "name": before.given_by},
            after={"verdict": verdict.value, "name": name},
            reason=note or None,
        )
        audit.append(tx, entry, at)


def named(name: str) -> str:
    """The person's name. Raises Invalid(field=name)."""
    name = within("name", name, NAME_LIMIT)
    if not name:
        raise Invalid(field="name", reason="required")
    return name


def within(field_name: str, text: str, limit: int) -> str:
    """The text without blanks around it. Raises Invalid(field=field_name, reason=too_long)."""
    text = text.strip()
    if len(text) > limit:
        raise Invalid(field=field_name, reason="too_long")
    return text


def _visible(actor: Actor, tx: Tx, alarm_id: int) -> None:
    if queries.by_id(actor.scope, tx, alarm_id=alarm_id) is None:
        raise NotFound(alarm=alarm_id)


def _unchanged(before: Given | None, *, seen: Verdict | None) -> None:
    """Nobody may overwrite a verdict that he has not seen."""
    if before is not None and before.verdict is not seen:
        raise Conflict(by=before.given_by, at=before.given_at, verdict=before.verdict.value)
    if before is None and seen is not None:
        raise Conflict(verdict=None)


def _given(actor: Actor, verdict: Verdict, name: str, note: str, at: datetime) -> Given:
    return Given(verdict=verdict, given_by=name, given_account=actor.account_id, given_at=at, note=note)


def _entry(actor: Actor, action: Action, about: str, **said: Any) -> Entry:
    return Entry(account_id=actor.account_id, username=actor.username, action=action.value, object=about, address=actor.address, **said)


def _rounds(rulings: Iterable[Ruling]) -> list[_Round]:
    """A family that closes and opens again within one batch needs a second set of statements."""
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
        if ruling.decision.act is Act.SETTLE:
            rounds[turn[key]].settled.append(_raised(ruling))
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
        occurrences=1 if decision.act in (Act.OPEN, Act.REPEAT) else 0,
    )
