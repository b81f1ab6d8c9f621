"""The truth board's figures: precision and recall by rule, vendor and street, and the load of those who watch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from data_access.alarm_conditions import AlarmFilter
from data_access.engine import Tx
from data_access.queries import deployment, truth
from data_access.queries.truth import Cell, HourRow
from data_access.repositories import rule_settings
from domain.scope import Scope
from domain.telemetry import BEIJING
from domain.truth import BUDGET, MOST, SEATS, Load, Share, Tally, known_recall, load, precision, recall

HOUR: Final = timedelta(hours=1)


class By(StrEnum):
    """What the board is divided by; locale key `by.<value>`."""

    RULE = "rule"
    VENDOR = "vendor"
    STREET = "street"


class Basis(StrEnum):
    """Whose word counts; locale key `basis.<value>`."""

    VERDICTS = "verdicts"  # of people
    SIMULATOR = "simulator"  # of the demonstration's simulator, never beside the other


@dataclass(frozen=True, slots=True)
class View:
    """What a reader asks the board for: the last `days` days, today being one of them."""

    days: int
    by: By
    basis: Basis


@dataclass(frozen=True, slots=True)
class Line:
    """One family, vendor or street, or the `whole`; with `rule`, one of a family's several rules, whose recall is the family's."""

    key: str | None
    rule: str | None
    tally: Tally
    precision: Share | None
    recall: Share | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """The lines, those with most alarms first, and their sum; `basis` is the one that could be had."""

    basis: Basis
    demonstration: bool
    lines: list[Line]
    total: Line


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """The alarms per seat that reached us in one hour of the day: on average, and at most."""

    hour: int
    mean: float
    most: float


@dataclass(frozen=True, slots=True)
class Duty:
    """The load of the seats beside what they can bear; `worst` is the hour with most alarms, `since` when counting began."""

    load: Load
    seats: float
    budget: float
    most: float
    since: datetime
    worst: datetime | None
    day: list[HourOfDay]
    natures: dict[str, int]


KEYS: Final[Mapping[By, Callable[[Cell], str | None]]] = {
    By.RULE: lambda cell: cell.family,
    By.VENDOR: lambda cell: cell.vendor,
    By.STREET: lambda cell: cell.street_code,
}
RECALLS: Final[Mapping[Basis, Callable[[Tally], Share | None]]] = {Basis.VERDICTS: recall, Basis.SIMULATOR: known_recall}


def board(scope: Scope, tx: Tx, *, view: View, wanted: AlarmFilter, at: datetime) -> Board:
    """The board of the alarms of a filter that names a period."""
    demonstration = in_demonstration(tx)
    basis = view.basis if demonstration else Basis.VERDICTS
    since = wanted.detected_since or at
    if basis is Basis.SIMULATOR:
        cells = [*truth.explained(scope, tx, wanted=wanted), *truth.known_cells(scope, tx, since=since, at=at)]
    else:
        cells = [*truth.judged(scope, tx, wanted=wanted), *truth.missed_cells(scope, tx, since=since)]
    lines = _lines(cells, KEYS[view.by], basis)
    if view.by is By.RULE:
        lines = [part for line in lines for part in (line, *_rules(line, cells))]
    return Board(basis, demonstration, lines, _line(None, _sum(cells), basis, whole=True))


def basis_of(tx: Tx, view: View) -> Basis:
    """Whose word can count: a real district has no simulator to ask."""
    return view.basis if in_demonstration(tx) else Basis.VERDICTS


def in_demonstration(tx: Tx) -> bool:
    """Whether this database may know a truth that was invented."""
    return deployment.mode(tx) == "demonstration"


def duty(scope: Scope, tx: Tx, *, wanted: AlarmFilter, at: datetime) -> Duty:
    """The load of the alarms of a filter that names a period, from the first alarm ever on: before, nobody was watching."""
    settings = rule_settings.current(tx)
    hours = truth.hourly(scope, tx, wanted=wanted)
    since = max(wanted.detected_since or at, truth.first_detected(scope, tx) or at).replace(minute=0, second=0, microsecond=0)
    counted = load((row.count for row in hours), hours=_hours(since, at), settings=settings)
    busiest = max(hours, key=lambda row: row.count, default=None)
    return Duty(
        load=counted,
        seats=SEATS.of(settings),
        budget=BUDGET.of(settings),
        most=MOST.of(settings),
        since=since,
        worst=busiest.hour if busiest else None,
        day=_day(hours, since, at, SEATS.of(settings)),
        natures=truth.natures(scope, tx, wanted=wanted, at=at),
    )


def _lines(cells: Iterable[Cell], key: Callable[[Cell], str | None], basis: Basis) -> list[Line]:
    sums: dict[str | None, Tally] = {}
    for cell in cells:
        sums[key(cell)] = sums.get(key(cell), Tally()) + cell.tally
    lines = [_line(name, tally, basis) for name, tally in sums.items()]
    return sorted(lines, key=lambda line: (-line.tally.alarms, -line.tally.missed, line.key or ""))


def _rules(family: Line, cells: Iterable[Cell]) -> list[Line]:
    """The rules of a family that has several."""
    mine = [cell for cell in cells if cell.family == family.key and cell.rule is not None]
    rules = sorted({cell.rule for cell in mine if cell.rule is not None})
    sums = [(rule, _sum(cell for cell in mine if cell.rule == rule)) for rule in rules if len(rules) > 1]
    return [Line(family.key, rule, tally, precision(tally), None) for rule, tally in sums]


def _line(key: str | None, tally: Tally, basis: Basis, *, whole: bool = False) -> Line:
    return Line(key, None, tally, precision(tally), RECALLS[basis](tally), whole)


def _sum(cells: Iterable[Cell]) -> Tally:
    return sum((cell.tally for cell in cells), start=Tally())


def _day(hours: Iterable[HourRow], since: datetime, at: datetime, seats: float) -> list[HourOfDay]:
    """The hours of the day; one that nobody watched yet has none."""
    watched = [0] * 24
    for number in range(_hours(since, at)):
        watched[(since + number * HOUR).astimezone(BEIJING).hour] += 1
    counts: dict[int, list[int]] = {hour: [] for hour in range(24)}
    for row in hours:
        counts[row.hour.astimezone(BEIJING).hour].append(row.count)
    return [HourOfDay(hour, sum(found) / max(watched[hour], 1) / seats, max(found, default=0) / seats) for hour, found in counts.items()]


def _hours(since: datetime, at: datetime) -> int:
    """Hours that have begun since then."""
    return max(int((at - since) / HOUR) + 1, 1)
