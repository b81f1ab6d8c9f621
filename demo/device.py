"""A monitored machine as the simulator knows it: what the register says about it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.quotas import DUMBWAITER, ESCALATORS
from domain.equipment.kind import Subject

Fence = tuple[float, float, float, float]  # west, south, east, north


Registered = Any
"""A row of the register: generated (demo.rows.EquipmentRow), or read from the database with the same names."""


@dataclass(frozen=True, slots=True)
class Device:
    """One machine with a monitor. Speeds in m/s, loads in kg, heights in m."""

    id: int
    code: str
    kind: str
    vendor: str
    site_id: int
    place_kind: str
    category: str
    rated_speed: float
    rated_load: float
    floors: int
    floor_height: float
    add_on: bool
    lng: float
    lat: float
    indoor: bool
    has_belt: bool
    fence: Fence | None
    gateway: str | None = None

    @property
    def escalator(self) -> bool:
        """Whether it is an escalator or a moving walkway: no car, no doors."""
        return self.category in ESCALATORS

    @property
    def carries_people(self) -> bool:
        """Whether people ride in it."""
        return self.category != DUMBWAITER and self.kind == "elevator"

    @property
    def acceleration(self) -> float:
        """What its drive is set to, m/s²."""
        return 0.6 if self.rated_speed <= 1.0 else 0.8 if self.rated_speed <= 2.5 else 1.0

    @property
    def basements(self) -> int:
        """Floors below the ground floor."""
        return 1 if self.floors >= 14 else 0

    def floor_label(self, floor: int) -> str:
        """What the car's display shows at a landing, counted from 0 at the lowest."""
        return str(floor - self.basements + 1) if floor >= self.basements else f"B{self.basements - floor}"

    def subject(self) -> Subject:
        """What the rules know of it."""
        return Subject(self.id, self.rated_speed or None, self.rated_load or None, self.has_belt, self.indoor, self.fence)


def device_of(row: Registered, vendor: str) -> Device:
    """The device of a register row that reports through `vendor`."""
    floors = max(2, row.floors or 2)
    fence = row.fence
    return Device(
        id=row.id,
        code=row.code,
        kind=row.kind,
        vendor=vendor,
        site_id=row.site_id or 0,
        place_kind=row.place_kind,
        category=row.category_code or "",
        rated_speed=float(row.rated_speed or (1.0 if row.kind == "elevator" else 0.0)),
        rated_load=float(row.rated_load or 1000.0),
        floors=floors,
        floor_height=max(2.6, float(row.lift_height or 3.0 * (floors - 1)) / (floors - 1)),
        add_on=bool(row.add_on),
        lng=row.lng or 0.0,
        lat=row.lat or 0.0,
        indoor=bool(row.indoor),
        has_belt=row.has_belt is not False,
        fence=None if fence is None else (fence[0], fence[1], fence[2], fence[3]),
        gateway=row.gateway,
    )
