"""电梯: the platform's real-time keys and the detection rules of a lift (GB/T 24476; 上海市智慧电梯平台 key names)."""

from __future__ import annotations

from typing import Final

from domain.equipment.conditions import Above, AboveRated, Became, Flipped, Is, OneOf, Shows, all_of, any_of, off, on
from domain.equipment.kind import Choice, EquipmentKind, Flag, Label, Metric, Repeats, Threshold, Unless, While, seconds

SERVICE_MODES: Final = ("out_of_service", "normal", "inspection", "fire_return", "firefighter", "emergency_power", "earthquake", "unknown")
CAR_STATUSES: Final = ("stopped", "running")
DIRECTIONS: Final = ("none", "up", "down")
DOOR_STATUSES: Final = ("unknown", "closing", "closed", "opening", "open", "locked", "not_fully_closed")
DRIVE_STATUSES: Final = ("standby", "brake_lifted", "brake_released")
ACTIVITY_MODES: Final = ("normal", "uncivil", "dangerous")
ESCALATOR_DIRECTIONS: Final = ("energy_stop", "up", "slow_up", "down", "slow_down")

STOPPED: Final = CAR_STATUSES.index("stopped")
RUNNING: Final = CAR_STATUSES.index("running")
NORMAL: Final = SERVICE_MODES.index("normal")
OPENING: Final = DOOR_STATUSES.index("opening")
OPEN: Final = DOOR_STATUSES.index("open")
CLOSED: Final = DOOR_STATUSES.index("closed")
LOCKED: Final = DOOR_STATUSES.index("locked")
MAINTENANCE_MODES: Final = tuple(
    SERVICE_MODES.index(word) for word in ("inspection", "fire_return", "firefighter")
)  # vendors drop faults there

FIELDS: Final = (
    Choice("service_mode", "Service_Mode", SERVICE_MODES),
    Choice("car_status", "Car_Status", CAR_STATUSES),
    Choice("direction", "Car_Direction", DIRECTIONS),
    Label("floor", "Car_Position"),
    Flag("door_zone", "Door_Zone"),
    Choice("door_status", "Door_Status", DOOR_STATUSES),
    Flag("door_closed", "Door_Close_Status"),
    Flag("hoistway_door", "Histway_Door"),  # the platform's own spelling
    Flag("passenger", "Passenger_Status"),
    Metric("people", "People_Number", low=0, high=100, size=1),
    Flag("overload", "Car_Overload"),
    Choice("drive_status", "Lift_Car_Drive_Status", DRIVE_STATUSES),
    Choice("activity", "Activity_Mode", ACTIVITY_MODES),
    Metric("speed", "Speed", unit="m/s", low=-20, high=20, scale=1000),
    Metric("machine_room_temperature", "Machine_Room_Temperature", unit="℃", low=-60, high=200, scale=10),
    Flag("machine_room_door", "Machine_Room_Door_Status"),
    Metric("car_temperature", "Car_Temperature", unit="℃", low=-60, high=200, scale=10),
    Metric("pressure", "Pressure", unit="", low=-32000, high=32000, scale=1),
    Flag("safety_circuit", "Safety_circuit"),  # true means broken (断开); one source only
    Choice("escalator_mode", "Escalator_Service_Mode", SERVICE_MODES),
    Choice("escalator_direction", "Escalator_Operation_Direction", ESCALATOR_DIRECTIONS),
)


_door_open = Shows("door_status", (OPENING, OPEN), otherwise="door_closed", flag=False)
_door_shut = Shows("door_status", (CLOSED, LOCKED), otherwise="door_closed", flag=True)  # never true together with _door_open: no flapping
_running = Is("car_status", RUNNING)
_stopped = Is("car_status", STOPPED)
_came_to_stop = Became("car_status", was=RUNNING, now_is=STOPPED)
_occupied = on("passenger")

TRAPPED_AFTER: Final = seconds("elevator.entrapment_seconds", 60)  # documented 60 s; 90 and 40 s occur in vendors' code
BRIEF: Final = seconds("elevator.fault_hold_seconds", 5, source="vendor devices hold non-trapping faults 5 s")

RULES: Final = (
    Unless(
        "entrapment_after_stop",  # 困人, evidence A
        starts=all_of(_came_to_stop, _occupied),
        cancels=any_of(_door_open, _running),
        still=_occupied,
        within=TRAPPED_AFTER,
        until=_door_open,
    ),
    While(
        "entrapment_door_closed",  # 困人, evidence B
        when=all_of(_stopped, _door_shut, _occupied),
        lasting=TRAPPED_AFTER,
        quiet=seconds("elevator.entrapment_clear_seconds", 0),
        until=_door_open,
    ),
    Repeats(
        "door_cycling",  # 反复开关门
        counts=Flipped(_door_shut),
        times=Threshold("elevator.door_changes", 6, "次", "3 cycles"),
        within=seconds("elevator.door_cycling_seconds", 15),
        quiet=seconds("elevator.door_cycling_quiet_seconds", 30),
        ends=_running,
    ),
    While(
        "door_held_open",  # 长时间开门
        when=all_of(_stopped, _door_open),
        lasting=seconds("elevator.door_held_seconds", 120),
        quiet=BRIEF,
    ),
    While(
        "stopped_outside_zone",  # 门区外停梯
        when=all_of(_stopped, off("door_zone"), Is("service_mode", NORMAL)),
        lasting=seconds("elevator.outside_zone_seconds", 10),
        quiet=BRIEF,
    ),
    While(
        "overspeed",  # 超速
        when=AboveRated("speed", "rated_speed", Threshold("elevator.overspeed_ratio", 1.15, "×")),
        lasting=seconds("elevator.overspeed_seconds", 1),
        quiet=seconds("elevator.overspeed_clear_seconds", 10),
    ),
    While(
        "door_open_running",  # 运行中开门: both sensors must say so, doors may begin to open while the car levels
        when=all_of(_running, off("door_closed"), Is("door_status", OPEN)),
        lasting=seconds("elevator.door_open_running_seconds", 1),
        quiet=BRIEF,
    ),
    While("safety_circuit_open", when=on("safety_circuit"), lasting=BRIEF, quiet=BRIEF),  # 安全回路断路
    While(
        "machine_room_hot",  # 机房高温: temperature drifts, so a sample in ten minutes is enough
        when=Above("machine_room_temperature", Threshold("elevator.machine_room_limit", 40, "℃")),
        lasting=seconds("elevator.machine_room_seconds", 60),
        quiet=seconds("elevator.machine_room_clear_seconds", 300),
        gap=seconds("elevator.machine_room_gap_seconds", 600),
    ),
)

ELEVATOR: Final = EquipmentKind(
    key="elevator",  # 电梯
    catalogue="3000",
    icon="building",
    fields=FIELDS,
    rules=RULES,
    suppressed=OneOf("service_mode", MAINTENANCE_MODES),
    inspection_months=12,
)
