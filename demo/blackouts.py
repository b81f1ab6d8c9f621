"""What silences many machines at once: a gateway, the power of a building. They go on moving, and nobody hears them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demo.device import Device
from demo.truth import Truth
from domain.alarm_book import OFFLINE

POWER_CUT: Final = "power_cut"  # the mishap of a lift without mains


@dataclass(frozen=True, slots=True)
class Blackout:
    """One kind. `group` names what machines share (None: nothing); `first` is the mishap that lifts suffer before they are silent."""

    what: str
    group: Callable[[Device], object]
    seconds: tuple[float, float]
    first: str | None = None

    def victims(self, devices: Sequence[Device], name: object) -> list[Device]:
        """The machines that share it."""
        return [device for device in devices if self.group(device) == name]

    def truth(self, device: Device, at: float, until: float) -> Truth:
        """What is true of one of them."""
        name = f"{device.vendor}-{device.id}-{int(at)}-{self.what}"
        return Truth(name, self.what, device.id, device.code, OFFLINE, (), at, until, device.vendor, told=False)


BLACKOUTS: Final = {
    blackout.what: blackout
    for blackout in (
        Blackout("gateway_lost", lambda device: device.gateway, (300, 900)),
        Blackout("building_power", lambda device: device.site_id or None, (600, 1500), first=POWER_CUT),
    )
}


@dataclass(frozen=True, slots=True)
class Dark:
    """A blackout that happened: its machines, those that were struck by a mishap first, and everything that is true about it."""

    what: str
    name: object
    machines: tuple[Device, ...]
    struck: tuple[tuple[Device, Any], ...]
    truths: tuple[Truth, ...]
    starts_at: float
    ends_at: float

    def record(self) -> dict[str, Any]:
        """In short, for whoever asked for it."""
        first = min(self.truths, key=lambda truth: truth.id).record()
        return {"what": self.what, "name": self.name, "machines": len(self.machines)} | {
            key: first[key] for key in ("starts_at", "ends_at")
        }
