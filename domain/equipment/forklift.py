"""叉车: state keys and the six violations of the work plan (F6), after TSG 81-2022 and GB 4387-2008."""

from __future__ import annotations

from typing import Final

from domain.equipment.conditions import (
    above,
    all_of,
    belt_missing,
    faster_than_zone,
    heavier_than_rated,
    off,
    on,
    one_of,
    outside_fence,
)
from domain.equipment.kind import Choice, EquipmentKind, Flag, Label, Metric, Threshold, While, seconds

AUTH_METHODS: Final = ("none", "card", "face", "finger")

FIELDS: Final = (
    Metric("lng", "lng", unit="°", low=-180, high=180, scale=1_000_000, size=4),
    Metric("lat", "lat", unit="°", low=-90, high=90, scale=1_000_000, size=4),
    Metric("speed", "speedKmh", unit="km/h", low=0, high=60, scale=100),
    Metric("load", "loadKg", unit="kg", low=0, high=60_000, size=4),
    Metric("rated_load", "ratedLoadKg", unit="kg", low=0, high=60_000, size=4),
    Metric("mast_height", "mastHeightMm", unit="mm", low=0, high=20_000),
    Flag("ignition", "ignition"),
    Flag("seat_occupied", "seatOccupied"),
    Flag("seatbelt", "seatbelt"),
    Label("driver", "driverId", size=12),
    Choice("auth_method", "authMethod", AUTH_METHODS),
    Label("zone", "zoneId", size=6),
    Metric("zone_speed_limit", "zoneSpeedLimit", unit="km/h", low=0, high=60, scale=10),
    Metric("work_minutes", "workMinutesContinuous", unit="min", low=0, high=3_000),
    Metric("battery", "batteryPct", unit="%", low=0, high=100, size=1),
    Metric("impact", "impactG", unit="g", low=0, high=100, scale=100),
)

_moving = above("speed", Threshold("forklift.moving_kmh", 1, "km/h"))
_unbound = one_of("driver", "")
CALM: Final = seconds("forklift.clear_seconds", 10)

RULES: Final = (
    While("unlicensed_driving", when=all_of(on("ignition"), _unbound), lasting=seconds("forklift.unlicensed_seconds", 3), quiet=CALM),
    While("forklift_overspeed", lasting=seconds("forklift.overspeed_seconds", 3), quiet=CALM,
          when=faster_than_zone(Threshold("forklift.speed_limit_indoor_kmh", 5, "km/h", "GB 4387-2008"),
                                Threshold("forklift.speed_limit_outdoor_kmh", 15, "km/h", "GB 4387-2008"))),
    While("forklift_overload", when=heavier_than_rated(Threshold("forklift.overload_ratio", 1.0, "×")),
          lasting=seconds("forklift.overload_seconds", 3), quiet=CALM),
    While("driver_fatigue", when=above("work_minutes", Threshold("forklift.fatigue_minutes", 239, "min", "道路交通规则 4 h,叉车无专门规定")),
          lasting=seconds("forklift.fatigue_seconds", 0), quiet=CALM),
    While("belt_unfastened", when=all_of(_moving, belt_missing), lasting=seconds("forklift.belt_seconds", 10), quiet=CALM),
    While("out_of_area", when=outside_fence, lasting=seconds("forklift.fence_seconds", 30), quiet=CALM),
    While("collision", when=above("impact", Threshold("forklift.impact_g", 2.5, "g")), lasting=seconds("forklift.impact_seconds", 0), quiet=CALM),
    While("seat_left_moving", when=all_of(off("seat_occupied"), _moving), lasting=seconds("forklift.seat_seconds", 5), quiet=CALM),
)

FORKLIFT: Final = EquipmentKind(
    key="forklift",  # 叉车
    catalogue="5000",
    icon="truck-flatbed",
    fields=FIELDS,
    rules=RULES,
    inspection_months=24,  # TSG 81-2022 4.2.1.2
)
