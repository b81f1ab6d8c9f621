"""One incident from three channels (三动报警合一): what alarms, passengers and callers report becomes orders, one an incident.

`respond` is called in the transaction of the alarms themselves: an alarm without its order does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import equipment
from data_access.repositories import audit, drills, rule_settings
from data_access.repositories.alarms import Alarm
from data_access.repositories.audit import Entry
from data_access.repositories.work_orders import Source
from domain.equipment.kind import Category
from domain.errors import Invalid, NotFound
from domain.incidents import (
    BEHAVIOURS,
    TOLD_WITHIN,
    WAYS,
    Fact,
    Origin,
    What,
    asked_by_alarm,
    asked_by_person,
    origins,
)
from domain.response import ResponseLevel
from domain.scope import Action, Actor
from services import behaviour
from services.alarms import within
from services.incident_groups import regroup
from services.intake import Told, raise_levels, take_in

__all__ = ["Answer", "Report", "regroup", "report", "respond", "risen"]

LIMITS: Final = {"reporter": 50, "phone": 30, "words": 500}
"""How many characters are kept of what a caller said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody told: `code` is the machine's. `occurred_at` None: now. `drill`: it is an exercise (演练)."""

    origin: Origin
    what: What
    code: str
    reporter: str = ""
    phone: str = ""
    words: str = ""
    occurred_at: datetime | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The order a report led to, and whether it is new: else the report was added to it."""

    order_id: int
    number: str
    is_new: bool


def respond(tx: Tx, raised: Sequence[Alarm], *, at: datetime) -> None:
    """Open the orders that alarms ask for, add them to those of the same incident, and raise levels that rose.

    Says nothing to the database unless an alarm is new, or somebody is in danger. An order outlives its alarms: only people close it.
    """
    behaved = [alarm for alarm in raised if Category(alarm.category) in BEHAVIOURS]
    if behaved:
        behaviour.respond(tx, behaved, at=at)
    take_in(tx, _told(alarm for alarm in raised if _is_news(alarm)), at=at)


def risen(tx: Tx, raised: Sequence[Alarm], *, at: datetime) -> None:
    """Raise the levels of orders whose alarms time alone has made graver; where nobody is at work on one any more, nothing is opened."""
    raise_levels(tx, _told(raised), at=at)


def report(actor: Actor, store: Store, told: Report, *, at: datetime) -> Answer:
    """Take in what somebody reported of a machine in the actor's scope (主动、被动).

    Raises NotPermitted, NotFound(equipment), Invalid(field=reporter|phone|words|occurred_at|drill): a drill has to go on.
    """
    actor.require(Action.REPORT_INCIDENT)
    for field, limit in LIMITS.items():
        within(field, getattr(told, field), limit)
    occurred_at = told.occurred_at or at
    with store.transaction() as tx:
        _check_moment(tx, occurred_at, at)
        if told.drill and drills.going_on(tx) is None:
            raise Invalid(field="drill", reason="over")
        machine = equipment.by_code(actor.scope, tx, code=told.code)
        if machine is None:
            raise NotFound(equipment=told.code)
        asked = asked_by_person(told.what, machine.id, drill=told.drill)
        heard = Told(
            equipment_id=machine.id,
            asked=asked,
            source=_source(actor, told, at),
            occurred_at=occurred_at,
            said_of=occurred_at,
            drill=told.drill,
        )
        ((order, is_new),) = take_in(tx, [heard], at=at)
        audit.append(tx, _entry(actor, told, order.number), at)
    return Answer(order.id, order.number, is_new)


def _check_moment(tx: Tx, occurred_at: datetime, at: datetime) -> None:
    """The hour inside, and level three and the accident with it, count from what the caller says."""
    if occurred_at > at:
        raise Invalid(field="occurred_at", reason="future")
    if (at - occurred_at).total_seconds() > TOLD_WITHIN.of(rule_settings.current(tx)):
        raise Invalid(field="occurred_at", reason="long_ago")


def _is_news(alarm: Alarm) -> bool:
    """Whether an order may follow: what is new, what puts somebody in danger, and what a person said of it."""
    return alarm.is_new or alarm.level != ResponseLevel.MINOR_FAULT or _by_people(alarm)


def _by_people(alarm: Alarm) -> bool:
    return bool(alarm.channels) and origins(alarm.family, alarm.channels) != origins(alarm.family, ())


def _told(raised: Iterable[Alarm]) -> list[Told]:
    facts = ((alarm, asked_by_alarm(_fact(alarm))) for alarm in raised)
    return [
        Told(
            equipment_id=alarm.equipment_id,
            asked=asked,
            source=source,
            occurred_at=alarm.raised_at,
            said_of=alarm.last_occurred_at,
            alarm_id=alarm.id,
            again=not alarm.is_new,
        )
        for alarm, asked in facts
        if asked is not None
        for source in _sources(alarm)
    ]


def _fact(alarm: Alarm) -> Fact:
    return Fact(
        equipment_id=alarm.equipment_id,
        rule=alarm.rule,
        family=alarm.family,
        category=Category(alarm.category),
        level=ResponseLevel(alarm.level),
        urgent=alarm.urgent,
        reason=alarm.reason,
    )


def _sources(alarm: Alarm) -> list[Source]:
    """Who told: an alarm is a source of its order once, and whoever else says the same is one beside it."""
    told = origins(alarm.family, alarm.channels)
    once = [alarm.is_new or not _by_people(alarm), *[False] * len(told)]
    return [
        Source(channel=WAYS[origin].value, source=origin.value, at=alarm.raised_at, alarm_id=alarm.id if first else None)
        for origin, first in zip(told, once, strict=False)
    ]


def _source(actor: Actor, told: Report, at: datetime) -> Source:
    return Source(
        channel=WAYS[told.origin].value,
        source=told.origin.value,
        at=at,
        reporter=told.reporter.strip(),
        phone=told.phone.strip(),
        words=told.words.strip(),
        account_id=actor.account_id,
    )


def _entry(actor: Actor, told: Report, number: str) -> Entry:
    said = {"order": number, "origin": told.origin.value, "what": told.what.value, "drill": told.drill}
    return Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.REPORT_INCIDENT.value,
        object=f"equipment:{told.code}",
        after=said,
        address=actor.address,
    )
