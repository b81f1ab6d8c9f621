"""叉车: state keys and the six violations of the work plan (F6), after TSG 81-2022 and GB 4387-2008."""

from __future__ import annotations

from typing import Final

from domain.equipment.conditions import Above, AboveLocal, AboveRated, AtLeast, Is, OutsideFence, WithBelt, all_of, any_of, off, on
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
    Label("driver", "driverId", size=12, blank=True),
    Choice("auth_method", "authMethod", AUTH_METHODS),
    Label("zone", "zoneId", size=6),
    Metric("zone_speed_limit", "zoneSpeedLimit", unit="km/h", low=0, high=60, scale=10),
    Metric("work_minutes", "workMinutesContinuous", unit="min", low=0, high=3_000),
    Metric("battery", "batteryPct", unit="%", low=0, high=100, size=1),
    Metric("impact", "impactG", unit="g", low=0, high=100, scale=100),
)

CALM: Final = seconds("forklift.clear_seconds", 10)


_moving = Above("speed", Threshold("forklift.moving_kmh", 1, "km/h"))
_nobody_identified = any_of(Is("driver", ""), Is("auth_method", AUTH_METHODS.index("none")))

RULES: Final = (
    While(
        "unlicensed_driving",  # FK01 无证/未授权驾驶
        when=all_of(on("ignition"), _nobody_identified),
        lasting=seconds("forklift.unlicensed_seconds", 3),
        quiet=CALM,
    ),
    While(
        "forklift_overspeed",  # FK02 超速
        when=AboveLocal(
            "speed",
            own="zone_speed_limit",
            indoor=Threshold("forklift.speed_limit_indoor_kmh", 5, "km/h", "GB 4387-2008"),
            outdoor=Threshold("forklift.speed_limit_outdoor_kmh", 15, "km/h", "GB 4387-2008"),
        ),
        lasting=seconds("forklift.overspeed_seconds", 3),
        quiet=CALM,
    ),
    While(
        "forklift_overload",  # FK03 超载
        when=AboveRated("load", "rated_load", Threshold("forklift.overload_ratio", 1.0, "×"), own="rated_load"),
        lasting=seconds("forklift.overload_seconds", 3),
        quiet=CALM,
    ),
    While(
        "driver_fatigue",  # FK04 疲劳驾驶: the truck counts the minutes and starts anew after a rest of 20
        when=AtLeast("work_minutes", Threshold("forklift.fatigue_minutes", 240, "min", "道路交通规则 4 h,叉车无专门规定")),
        lasting=seconds("forklift.fatigue_seconds", 0),
        quiet=CALM,
    ),
    While(
        "belt_unfastened",  # FK05 未系安全带
        when=all_of(_moving, WithBelt(off("seatbelt"))),
        lasting=seconds("forklift.belt_seconds", 10),
        quiet=CALM,
    ),
    While("out_of_area", when=OutsideFence(), lasting=seconds("forklift.fence_seconds", 30), quiet=CALM),  # FK06 越界
    While(
        "collision",  # FK07 碰撞: one sample is the whole event
        when=Above("impact", Threshold("forklift.impact_g", 2.5, "g")),
        lasting=seconds("forklift.impact_seconds", 0),
        quiet=CALM,
    ),
    While(
        "seat_left_moving",  # FK08 离座未驻车: the state has no brake key, so a moving truck is the evidence
        when=all_of(_moving, off("seat_occupied")),
        lasting=seconds("forklift.seat_seconds", 5),
        quiet=CALM,
    ),
)

FORKLIFT: Final = EquipmentKind(
    key="forklift",  # 叉车
    catalogue="5000",
    icon="truck-flatbed",
    fields=FIELDS,
    rules=RULES,
    offline_alarm=seconds("forklift.offline_alarm_seconds", 86_400),  # FK09 装置离线: 24 h
    inspection_months=24,  # TSG 81-2022 4.2.1.2
)
