"""One demonstration district for all tests of the room: making it takes a second."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.binding import additional
from demo.device import Device, device_of
from demo.district import generate
from demo.rows import District, EquipmentRow
from domain.equipment import MONITORED

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.fixture(scope="session")
def district() -> District:
    """The district of the default seed."""
    return generate(20251120, AT)


@pytest.fixture(scope="session")
def elevators(district: District) -> list[EquipmentRow]:
    """Its elevators."""
    return [row for row in district.equipment if row.kind == "elevator"]


@pytest.fixture(scope="session")
def devices(district: District) -> list[Device]:
    """All machines that can have a monitor, each with a vendor."""
    rows = [row for row in district.equipment if row.kind in MONITORED]
    bound = additional(rows, len(rows))
    return [device_of(row, row.monitor_vendor or bound[row.id]) for row in rows]
