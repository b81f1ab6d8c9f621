"""The district plan (应急预案) of a level-three response: what each department does, and by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Threshold
from domain.notices import Audience, Line
from domain.scope import Role


class Task(StrEnum):
    """What a department owes when the plan is in force; the locale key is `plan_task.<value>`."""

    ACTIVATE = "activate"  # 启动预案、汇总上报
    COORDINATE = "coordinate"  # 统筹应急力量
    FORCE_ENTRY = "force_entry"  # 破拆救援
    ON_SITE_ORDER = "on_site_order"  # 现场秩序与安抚
    BUILDING = "building"  # 协调物业、断电与备用电源
    TECHNICAL = "technical"  # 技术处置与事故调查


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the plan: the task, whose it is, and how many minutes it has from the moment the plan is in force."""

    task: Task
    owner: Role
    minutes: Threshold


# Departments: 普陀区特种设备 work plan 2025-37 三级响应 (应急、消防、房管、街镇、城运); the minutes are assumptions.
PLAN: Final = (
    Duty(Task.ACTIVATE, Role.OPERATIONS_CENTRE, Threshold("plan.activate_minutes", 5, "min")),
    Duty(Task.COORDINATE, Role.EMERGENCY, Threshold("plan.coordinate_minutes", 10, "min")),
    Duty(Task.FORCE_ENTRY, Role.FIRE, Threshold("plan.force_entry_minutes", 15, "min")),
    Duty(Task.ON_SITE_ORDER, Role.STREET, Threshold("plan.on_site_order_minutes", 15, "min")),
    Duty(Task.BUILDING, Role.HOUSING, Threshold("plan.building_minutes", 20, "min")),
    Duty(Task.TECHNICAL, Role.BUREAU, Threshold("plan.technical_minutes", 30, "min")),
)
OWNERS: Final = {duty.task: duty.owner for duty in PLAN}

_HEARD: Final = {
    Role.OPERATIONS_CENTRE: Audience.CENTRE,
    Role.EMERGENCY: Audience.EMERGENCY,
    Role.FIRE: Audience.FIRE,
    Role.STREET: Audience.STREET,
    Role.HOUSING: Audience.HOUSING,
    Role.BUREAU: Audience.BUREAU,
}
LATE: Final = {duty.task: (Line("plan_task", (_HEARD[duty.owner], Audience.CENTRE)),) for duty in PLAN}
"""Who hears that a task has run out: whose it is, and the centre, which leads."""


def may_finish(task: Task, role: Role) -> bool:
    """Whether this role may say that a task is done: whose it is, and the centre, which hears by telephone."""
    return role in (OWNERS[task], Role.OPERATIONS_CENTRE)
