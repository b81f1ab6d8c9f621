"""Dates in a machine's life: made, registered, inspected, maintained, assessed; counted back from the day of seeding."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

YEAR: Final = 365.25

INSPECTION_OVERDUE: Final = 0.0008
MAINTENANCE_OVERDUE: Final = 0.003
MAINTENANCE_EVERY_DAYS: Final = 15  # TSG T5002-2017: 半月
FAILED: Final = 0.0008


@dataclass(frozen=True, slots=True)
class Birth:
    """When a machine was made, installed and registered."""

    made_on: date
    installed_on: date
    registered_on: date


@dataclass(frozen=True, slots=True)
class Inspections:
    """The last inspection, its result (passed, failed), and when the next is due."""

    last_on: date | None
    result: str | None
    next_on: date


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The last maintenance, when the next is due, and until when the contract runs."""

    last_on: date
    next_on: date
    contract_until: date


def birth(rng: random.Random, *, age_years: float, today: date) -> Birth:
    """The dates of a machine installed `age_years` ago."""
    installed_on = today - timedelta(days=round(age_years * YEAR))
    registered_on = min(today, installed_on + timedelta(days=rng.randint(3, 29)))  # within 30 days: 特种设备安全法 art. 33
    return Birth(installed_on - timedelta(days=rng.randint(40, 260)), installed_on, registered_on)


def inspections(rng: random.Random, *, installed_on: date, months: int, today: date) -> Inspections:
    """Inspection dates on the anniversaries of installation; a few machines have let the last one pass."""
    due = installed_on
    while due <= today:
        due = months_later(due, months)
    previous = months_later(due, -months)
    if previous > installed_on and (today - previous).days <= 75 and rng.random() < INSPECTION_OVERDUE * months * 30.4 / 75:
        return Inspections(months_later(previous, -months), "passed", previous)
    return Inspections(previous, "failed" if rng.random() < FAILED else "passed", due)


def maintenance(rng: random.Random, *, today: date, contract_until: date) -> Maintenance:
    """Half-monthly maintenance, a few visits late by days or weeks."""
    late = rng.random() < MAINTENANCE_OVERDUE
    last_on = today - timedelta(days=rng.randint(MAINTENANCE_EVERY_DAYS + 1, 38) if late else rng.randint(0, MAINTENANCE_EVERY_DAYS - 1))
    return Maintenance(last_on, last_on + timedelta(days=MAINTENANCE_EVERY_DAYS), contract_until)


def months_later(day: date, months: int) -> date:
    """The day so many months later, the 28th at the latest; a negative number goes back."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))
