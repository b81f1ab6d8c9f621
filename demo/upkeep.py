"""Days pass in the demonstration too: lifts are maintained on their day, machines inspected, contracts renewed, shifts written.

A few are late, so that 维保超期, 超期未检 and 脱保 stay what they are in a district: some tens of machines. What is written is marked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.queries import deployment
from data_access.repositories import demo_register, equipment
from data_access.repositories.demo_register import Kept
from demo import teams
from demo.ages import FAILED, MAINTENANCE_EVERY_DAYS, months_later
from domain.errors import WrongDistrict
from domain.telemetry import BEIJING
from domain.triggers import Trigger

MARK: Final = {"kept_by": "demo"}  # in `extra`: no real register says so
_MONTH_DAYS: Final = 30.44
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Diligence:
    """How often something is done on its day, and, once it is late, on any day after it."""

    in_time: float
    afterwards: float


MAINTAINING: Final = Diligence(in_time=0.991, afterwards=0.2)  # five days late on average: about 0.3 % at any time
INSPECTING: Final = Diligence(in_time=0.995, afterwards=0.04)  # late is an inspection only after the month of its day
CONTRACTING: Final = Diligence(in_time=0.997, afterwards=0.08)
RETESTING: Final = Diligence(in_time=0.0, afterwards=0.06)


def keep(tx: Tx, *, seed: int, at: datetime) -> int:
    """Live through the days since the last one, to today; how many machines were seen to. A second call on a day changes nothing.

    Raises WrongDistrict for any database but a demonstration's.
    """
    if (mode := deployment.mode(tx)) != "demonstration":
        raise WrongDistrict(stored=mode or "nothing", wanted="demonstration")
    teams.provide(tx, seed=seed, at=at)
    today = at.astimezone(BEIJING).date()
    lived = demo_register.lived_until(tx)
    if lived is None or lived >= today:
        return 0
    days = [lived + timedelta(days=n + 1) for n in range((today - lived).days)]
    kept = [(before, live(before, days, seed=seed)) for before in demo_register.due(tx, today=today)]
    rows = [_row(after) for before, after in kept if after != before]
    if rows:
        equipment.upsert(tx, rows)
    return len(rows)


def mend(store: Store, cause: str, number: int, *, at: datetime) -> None:
    """See to what an order to rectify is about, today; an order about something else is nothing the register knows of."""
    mending = _MENDING.get(cause)
    if mending is None:
        return
    today = at.astimezone(BEIJING).date()
    with store.transaction() as tx:
        found = demo_register.one(tx, number)
        if found is not None:
            equipment.upsert(tx, [_row(mending(found, today))])


def live(machine: Kept, days: list[date], *, seed: int) -> Kept:
    """A machine after some days, of which each is lived through once: the same for the same seed."""
    for day in days:
        for owed, of, seen_to in _duties(machine):
            if owed is not None and owed <= day and _done(owed, day, of, chance=_chance(seed, machine, day, seen_to)):
                machine = seen_to(machine, day)
    return machine


def _duties(machine: Kept) -> Iterator[tuple[date | None, Diligence, Any]]:
    """What is owed for a machine: since when, how well it is kept, and what doing it changes."""
    yield machine.next_maintenance_on, MAINTAINING, _maintained
    yield machine.next_inspection_on, INSPECTING, _inspected
    yield machine.maintenance_contract_until, CONTRACTING, _contracted
    if machine.inspection_result == "failed" and machine.last_inspected_on is not None:
        yield machine.last_inspected_on, RETESTING, _retested


def _done(owed: date, day: date, of: Diligence, *, chance: float) -> bool:
    return chance < (of.in_time if owed == day else of.afterwards)


def _chance(seed: int, machine: Kept, day: date, duty: Any) -> float:
    """A contract is one for the whole site."""
    whose = f"site {machine.site_id}" if duty is _contracted else machine.id
    return random.Random(f"{seed}/{whose}/{day}/{duty.__name__}").random()


def _maintained(machine: Kept, day: date) -> Kept:
    last, due = machine.last_maintained_on, machine.next_maintenance_on
    every = due - last if last is not None and due is not None and due > last else timedelta(days=MAINTENANCE_EVERY_DAYS)
    return replace(machine, last_maintained_on=day, next_maintenance_on=day + every)


def _inspected(machine: Kept, day: date) -> Kept:
    """The cycle is kept: the next one is due so many months after the day this one was."""
    last, due = machine.last_inspected_on, machine.next_inspection_on or day
    months = max(1, round((due - last).days / _MONTH_DAYS)) if last is not None else 12
    while due <= day:
        due = months_later(due, months)
    failed = random.Random(f"{machine.id}/{day}/result").random() < FAILED
    return replace(machine, last_inspected_on=day, next_inspection_on=due, inspection_result="failed" if failed else "passed")


def _retested(machine: Kept, day: date) -> Kept:
    return replace(machine, last_inspected_on=day, inspection_result="passed")


def _contracted(machine: Kept, day: date) -> Kept:
    return replace(machine, maintenance_contract_until=max(day, machine.maintenance_contract_until or day) + _YEAR)


def _row(machine: Kept) -> dict[str, Any]:
    """As the register takes it: what names the machine, and what has changed about it."""
    days = ("last_maintained_on", "next_maintenance_on", "maintenance_contract_until", "last_inspected_on", "next_inspection_on")
    named = {name: getattr(machine, name) for name in ("code", "kind", "name", "address", "street_code", "inspection_result", *days)}
    return named | {"extra": machine.extra | MARK}


def _passed(machine: Kept, day: date) -> Kept:
    return replace(_inspected(machine, day) if _owed(machine, day) else _retested(machine, day), inspection_result="passed")


def _owed(machine: Kept, day: date) -> bool:
    return machine.next_inspection_on is not None and machine.next_inspection_on <= day


_MENDING: Final[Mapping[str, Any]] = {
    Trigger.MAINTENANCE_OVERDUE.value: _maintained,
    Trigger.MAINTENANCE_LAPSED.value: _contracted,
    Trigger.INSPECTION_OVERDUE.value: _passed,
    Trigger.INSPECTION_FAILED.value: _passed,
}
"""What making good means for each cause that stands in the register."""
