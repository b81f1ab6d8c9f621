"""Canonical fault and event codes: what each is called, which family of alarm it opens, and how grave it is.

Numbers 1–42 are the list three vendors share, 101–106 and FK01–FK11 our own additions; vendors' own texts reach them
through vendor_code_map only, never by turning text into a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.equipment.kind import Category, Threshold, seconds

WORD_LASTS: Final = seconds("alarm.word_seconds", 9000, source="devices resolve a fault by themselves after 150 min")
JUMPING_AGAIN: Final = seconds("elevator.jumping_again_seconds", 120, source="vendors suppress for 120 s")
EBIKE_AGAIN: Final = seconds("elevator.ebike_again_seconds", 600, source="the second-stage image check retries for 10 min")
EBIKE_LASTS: Final = seconds("elevator.ebike_word_seconds", 900, source="10 min of retries, then stale recovery after 5 min")


@dataclass(frozen=True, slots=True)
class Fault:
    """One canonical code. `family` is the alarm it opens; `rule` names the source in that family."""

    code: str
    rule: str
    family: str
    category: Category
    grave: bool = False  # level 1 urgent even when nobody is inside
    traps: bool = False  # level 2 as soon as somebody is inside
    emergency: bool = False  # level 3 as soon as somebody is inside
    again_after: Threshold | None = None  # a vendor's word repeated sooner is the same occurrence
    lasts: Threshold = WORD_LASTS  # a vendor's word that is neither repeated nor ended fades; evidence of our own never does

    def fits(self, kind: str) -> bool:
        """Whether a machine of this kind can suffer it: FK codes are of trucks, the others of lifts, any monitor can be gone."""
        return self.category is Category.PRESENCE or self.code.startswith("FK") == (kind == "forklift")


ENTRAPMENT: Final = "entrapment"


def _fault(code: str, rule: str, *, grave: bool = False, traps: bool = False, emergency: bool = False) -> Fault:
    return Fault(code, rule, rule, Category.FAULT, grave=grave or emergency, traps=traps, emergency=emergency)


def _entrapment(code: str, rule: str) -> Fault:
    return Fault(code, rule, ENTRAPMENT, Category.ENTRAPMENT, traps=True)


_ALL: Final = (
    _fault("1", "overrun_top", emergency=True),  # 冲顶
    _fault("2", "overrun_bottom", emergency=True),  # 蹲底
    _fault("3", "overspeed", emergency=True),  # 超速
    _fault("4", "door_open_running", emergency=True),  # 运行中开门
    _fault("5", "car_moved_door_open", emergency=True),  # 开门走车
    _fault("6", "stopped_outside_zone", traps=True),  # 门区外停梯
    _entrapment("7", "entrapment_level"),  # 平层困人
    _entrapment("8", "entrapment_between_floors"),  # 非平层困人
    _fault("9", "power_cut", traps=True),  # 停电
    _fault("10", "safety_circuit_open", grave=True, traps=True),  # 安全回路断路
    _fault("11", "door_open_fault"),  # 开门故障
    _fault("12", "door_close_fault"),  # 关门故障
    _fault("13", "door_lock_open"),  # 门锁回路断路
    _fault("14", "button_stuck"),  # 按钮粘连
    _fault("15", "speed_abnormal"),  # 速度异常
    _fault("17", "motor_run_limiter"),  # 电动机运转时间限制器动作
    _fault("19", "floor_lost"),  # 楼层信息丢失
    _fault("20", "door_blocked_closing"),  # 关门受阻挡
    Fault("21", "user_alarm", "user_alarm", Category.FAULT, traps=True),  # 用户报警
    _fault("23", "escalator_safety_circuit"),  # 扶梯安全回路
    _fault("24", "escalator_overspeed", emergency=True),
    _fault("25", "escalator_reversal", emergency=True),  # 非操纵逆转
    _fault("26", "escalator_step_missing", emergency=True),
    _fault("31", "escalator_emergency_stop"),
    _fault("33", "escalator_pallet_missing", emergency=True),
    _fault("34", "escalator_brake_not_released"),
    _fault("35", "escalator_comb_jammed"),
    Fault("37", "ebike_in_car", "ebike_in_car", Category.DANGEROUS_BEHAVIOR, again_after=EBIKE_AGAIN, lasts=EBIKE_LASTS),  # 电动车乘梯
    _fault("38", "vibration_abnormal", grave=True),  # 异常震动
    _fault("101", "door_cycling"),  # 反复开关门
    _fault("102", "door_held_open"),  # 长时间开门
    Fault("103", "door_pried", "door_pried", Category.UNCIVIL_BEHAVIOR),  # 扒门
    Fault("104", "jumping", "jumping", Category.UNCIVIL_BEHAVIOR, again_after=JUMPING_AGAIN),  # 蹦跳
    Fault("105", "door_blocked_by_person", "door_blocked_by_person", Category.UNCIVIL_BEHAVIOR),  # 强行挡门
    Fault("106", "device_offline", "device_offline", Category.PRESENCE),  # 装置离线
    Fault("FK01", "unlicensed_driving", "unlicensed_driving", Category.VIOLATION),  # 无证/未授权驾驶
    Fault("FK02", "forklift_overspeed", "forklift_overspeed", Category.VIOLATION),  # 超速
    Fault("FK03", "forklift_overload", "forklift_overload", Category.VIOLATION),  # 超载
    Fault("FK04", "driver_fatigue", "driver_fatigue", Category.VIOLATION),  # 疲劳驾驶
    Fault("FK05", "belt_unfastened", "belt_unfastened", Category.VIOLATION),  # 未系安全带
    Fault("FK06", "out_of_area", "out_of_area", Category.VIOLATION),  # 越界
    Fault("FK07", "collision", "collision", Category.VIOLATION, grave=True),  # 碰撞
    Fault("FK08", "seat_left_moving", "seat_left_moving", Category.VIOLATION),  # 离座未驻车
    Fault("FK09", "device_tampered", "device_tampered", Category.PRESENCE),  # 装置拆除
    Fault("FK10", "inspection_due", "inspection_due", Category.VIOLATION),  # 定检到期
    Fault("FK11", "certificate_due", "certificate_due", Category.VIOLATION),  # N1 到期
    # Rules of ours that have no published code: the code is the rule's own name.
    _entrapment("entrapment_after_stop", "entrapment_after_stop"),  # 停梯后未开门困人 (evidence A)
    _entrapment("entrapment_door_closed", "entrapment_door_closed"),  # 关门停梯有人困人 (evidence B)
    _entrapment("entrapment_reported", "entrapment_reported"),  # 困人 (code "09", kind not said)
    Fault("machine_room_hot", "machine_room_hot", "machine_room_hot", Category.FAULT),  # 机房高温
)

FAULTS: Final[dict[str, Fault]] = {fault.code: fault for fault in _ALL}
RULES: Final[dict[str, Fault]] = {fault.rule: fault for fault in _ALL}

# Codes every vendor may send as they are; what is not here needs a row of vendor_code_map.
SHANGHAI_CODES: Final[dict[str, str]] = (
    {"09": "entrapment_reported"}
    | {
        str(n): str(n)
        for n in (*range(1, 16), 17, 19, 20, 21, *range(23, 27), 31, 33, 34, 35, 37, 38, *range(101, 107))
        if str(n) in FAULTS
    }
    | {code: code for code in FAULTS if code.startswith("FK")}
)
