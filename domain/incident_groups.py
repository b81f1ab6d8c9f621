"""Many of one kind near each other within minutes are one incident with its list (成片事件). Pure.

A report is in the thick of a group when enough reports, itself among them, lie within the distance; reports in the thick that are
near each other are one group, and so is whoever is near one of them. A line of streets without power is therefore one incident.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from math import cos, floor, hypot, radians, sqrt
from typing import Final, NamedTuple

from domain.equipment.kind import Settings, Threshold, seconds
from domain.response import MANY_TRAPPED, MANY_WITHIN, ResponseLevel, ResponseReason

DEGREE_M: Final = 111_195.0  # of latitude, on a sphere of the earth's mean radius
METRES: Final = Threshold("incident.group_metres", 500, "m")
POWER_CUTS: Final = Threshold("incident.power_cuts", 5, "台")
POWER_CUTS_WITHIN: Final = seconds("incident.power_cuts_seconds", 300)
GRID_FAULT: Final = Threshold("incident.grid_fault", 30, "台")  # lifts without power that make it a matter of the district


class GroupCause(StrEnum):
    """What an incident with a list is about; the value is the database text and the locale key `group_cause.<value>`."""

    POWER_CUT = "power_cut"  # 成片停电
    MANY_TRAPPED = "many_trapped"  # 多起困人
    DISTRICT_TRAPPED = "district_trapped"  # 全区多起困人


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How many, within which time and distance, make one incident; `metres` None: wherever in the district they are."""

    cause: GroupCause
    at_least: Threshold
    within: Threshold
    metres: Threshold | None = METRES


RULES: Final = (
    GroupRule(GroupCause.POWER_CUT, POWER_CUTS, POWER_CUTS_WITHIN),
    GroupRule(GroupCause.MANY_TRAPPED, MANY_TRAPPED, MANY_WITHIN),
    # The work plan names no distance. Those that are near each other are on their own list by then, the others on this one.
    GroupRule(GroupCause.DISTRICT_TRAPPED, MANY_TRAPPED, MANY_WITHIN, metres=None),
)


@dataclass(frozen=True, slots=True)
class Rise:
    """To which level an incident raises its orders and why; `whole`: every order, else the one that stands for it alone."""

    level: ResponseLevel
    reason: ResponseReason
    whole: bool


def rise(cause: GroupCause, size: int, settings: Settings) -> Rise:
    """What a group does to the level: many trapped people are an emergency each; of a power cut one order stands for all."""
    if cause is not GroupCause.POWER_CUT:
        return Rise(ResponseLevel.EMERGENCY, ResponseReason.MANY_TRAPPED, whole=True)
    if size >= GRID_FAULT.of(settings):
        return Rise(ResponseLevel.EMERGENCY, ResponseReason.GRID_FAULT, whole=False)
    return Rise(ResponseLevel.ENTRAPMENT, ResponseReason.POWER_CUTS, whole=False)


class Located(NamedTuple):
    """An order and its machine's WGS-84 position, `group` the incident that has it on its list, and `cause` what that one is about.

    `settled`: the rule that asks has had its say about it.
    """

    order: int
    lng: float
    lat: float
    group: int | None = None
    cause: str | None = None
    settled: bool = False


Cell = tuple[int, int]
_NEAR: Final = [step for step in product(range(-2, 3), repeat=2) if hypot(*step) < 2.8]  # cells that a circle around one can reach


def clusters(reports: Sequence[Located], *, metres: float, at_least: int) -> list[list[Located]]:
    """The groups among the reports, each in the order given. Reports far from all others are in none."""
    field = _Field(reports, metres)
    thick = [n for n in range(len(reports)) if len(field.cells[field.cell[n]]) >= at_least or _count(field.near(n), at_least)]
    roots = _joined(field, thick)
    member = {n: roots[field.cell[n]] for n in thick}
    in_thick = set(thick)
    for n in range(len(reports)):
        if n not in in_thick:
            beside = next((other for other in field.near(n) if other in in_thick), None)
            if beside is not None:
                member[n] = member[beside]
    found: defaultdict[Cell, list[Located]] = defaultdict(list)
    for n in sorted(member):
        found[member[n]].append(reports[n])
    return list(found.values())


class _Field:
    """Reports on a plane, in cells so small that two of one cell are always near each other."""

    def __init__(self, reports: Sequence[Located], metres: float) -> None:
        east = DEGREE_M * cos(radians(reports[0].lat)) if reports else 0.0
        self.metres = metres
        self.places = [(report.lng * east, report.lat * DEGREE_M) for report in reports]
        side = metres / sqrt(2)
        self.cell: list[Cell] = [(floor(x / side), floor(y / side)) for x, y in self.places]
        self.cells: defaultdict[Cell, list[int]] = defaultdict(list)
        for n, cell in enumerate(self.cell):
            self.cells[cell].append(n)

    def around(self, cell: Cell) -> Iterator[Cell]:
        """Cells with reports that may be near one of this cell's, itself among them."""
        places = ((cell[0] + dx, cell[1] + dy) for dx, dy in _NEAR)
        return (place for place in places if place in self.cells)

    def near(self, n: int) -> Iterator[int]:
        """Reports within the distance of a report, itself among them."""
        return (other for cell in self.around(self.cell[n]) for other in self.cells[cell] if self.are_near(n, other))

    def are_near(self, one: int, other: int) -> bool:
        """Whether two reports are within the distance."""
        (x, y), (u, v) = self.places[one], self.places[other]
        return (x - u) ** 2 + (y - v) ** 2 <= self.metres**2


def _count(near: Iterable[int], at_least: int) -> bool:
    return len(list(islice(near, at_least))) >= at_least


def _joined(field: _Field, thick: Iterable[int]) -> Mapping[Cell, Cell]:
    """Each cell with reports in the thick → the cell that stands for its group."""
    of_cell: defaultdict[Cell, list[int]] = defaultdict(list)
    for n in thick:
        of_cell[field.cell[n]].append(n)
    parent = {cell: cell for cell in of_cell}

    def root(cell: Cell) -> Cell:
        while parent[cell] != cell:
            parent[cell] = cell = parent[parent[cell]]
        return cell

    for cell, mine in of_cell.items():
        for beside in field.around(cell):
            if beside in of_cell and root(beside) != root(cell) and _touch(field, mine, of_cell[beside]):
                parent[root(beside)] = root(cell)
    return {cell: root(cell) for cell in of_cell}


def _touch(field: _Field, these: Sequence[int], those: Sequence[int]) -> bool:
    return any(field.are_near(one, other) for one in these for other in those)
