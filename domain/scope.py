"""Who may see and do what. A Scope holds no person, so all officials of a street share cache entries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from domain.errors import NotPermitted


class Role(StrEnum):
    """Roles of the platform; the value is the database text and the locale key `role.<value>`."""

    OPERATIONS_CENTRE = "operations_centre"  # 城运中心
    BUREAU = "bureau"  # 区市场监管局
    OFFICE = "office"  # 市场监管所
    STREET = "street"  # 街道/镇
    USE_UNIT = "use_unit"  # 使用单位
    MAINTENANCE_UNIT = "maintenance_unit"  # 维保单位
    INSPECTION_BODY = "inspection_body"  # 检验检测机构
    HOUSING = "housing"  # 房管
    EMERGENCY = "emergency"  # 应急
    FIRE = "fire"  # 消防
    WALL = "wall"  # 大屏
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class Action(StrEnum):
    """What an actor may ask a service to do."""

    ACKNOWLEDGE_ALARM = "acknowledge_alarm"
    JUDGE_ALARM = "judge_alarm"
    RECORD_MISSED = "record_missed"
    IMPORT_REGISTER = "import_register"
    EXPORT = "export"
    CHANGE_RULES = "change_rules"
    READ_INGEST = "read_ingest"
    REPLAY_QUARANTINE = "replay_quarantine"
    WORK_ORDERS = "work_orders"
    REPORT_INCIDENT = "report_incident"
    KEEP_ROSTERS = "keep_rosters"
    ANSWER_SEAT = "answer_seat"
    RUN_DRILLS = "run_drills"
    RETRY_NOTICES = "retry_notices"


ALL: Final = "all"
All = Literal["all"]

WATCHING: Final = frozenset({Action.ACKNOWLEDGE_ALARM, Action.JUDGE_ALARM, Action.RECORD_MISSED})
"""What those who watch alarms may do about them."""
INGESTING: Final = frozenset({Action.READ_INGEST, Action.REPLAY_QUARANTINE})
"""What those who answer for the data of the whole district may do about its way in."""

HANDLING: Final = frozenset({Action.WORK_ORDERS, Action.EXPORT})
"""What everybody may do who has a part in work orders; which step, domain.work_orders says."""

AT_THE_SEAT: Final = frozenset({Action.REPORT_INCIDENT, Action.KEEP_ROSTERS, Action.ANSWER_SEAT, Action.RUN_DRILLS, Action.RETRY_NOTICES})
"""What the duty seat of the command centre does beside that."""

GRANTS: Final[dict[Role, frozenset[Action]]] = {
    Role.OPERATIONS_CENTRE: WATCHING | INGESTING | HANDLING | AT_THE_SEAT,
    Role.BUREAU: WATCHING
    | INGESTING
    | HANDLING
    | {Action.IMPORT_REGISTER, Action.CHANGE_RULES, Action.REPORT_INCIDENT, Action.RETRY_NOTICES},
    Role.OFFICE: WATCHING | HANDLING,
    Role.STREET: WATCHING | HANDLING | {Action.REPORT_INCIDENT},
    Role.USE_UNIT: HANDLING | {Action.REPORT_INCIDENT},
    Role.MAINTENANCE_UNIT: HANDLING | {Action.REPORT_INCIDENT, Action.KEEP_ROSTERS},
    Role.INSPECTION_BODY: HANDLING,
    Role.HOUSING: HANDLING,
    Role.EMERGENCY: HANDLING | {Action.REPORT_INCIDENT},
    Role.FIRE: HANDLING | {Action.REPORT_INCIDENT},
    Role.SYSTEM_ADMIN: INGESTING | {Action.IMPORT_REGISTER, Action.CHANGE_RULES},
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows an account may see: sorted tuples, or the explicit ALL; an empty tuple means none.

    `organization` is the id of the unit whose equipment is seen, or None for an authority that is not bound to a unit.
    Equipment in no street (未定街镇) is seen by scopes with streets == ALL only.
    """

    role: Role
    streets: tuple[str, ...] | All = ()
    organization: int | None = None
    kinds: tuple[str, ...] | All = ()

    def __post_init__(self) -> None:
        for name in ("streets", "kinds"):
            value = getattr(self, name)
            if value != ALL:
                object.__setattr__(self, name, tuple(sorted(set(value))))

    def narrow(self, *, streets: tuple[str, ...] | All = ALL, kinds: tuple[str, ...] | All = ALL) -> Scope:
        """The scope after a reader's filters: never wider than before."""
        return Scope(self.role, _meet(self.streets, streets), self.organization, _meet(self.kinds, kinds))


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: an account with its scope. `address` is where the request came from, for the audit log."""

    account_id: int
    username: str
    name: str
    scope: Scope
    address: str = ""

    def require(self, action: Action) -> None:
        """Raise NotPermitted unless the role holds the grant."""
        if action not in GRANTS.get(self.scope.role, frozenset()):
            raise NotPermitted(action=action.value, role=self.scope.role.value)


def _meet(mine: tuple[str, ...] | All, wanted: tuple[str, ...] | All) -> tuple[str, ...] | All:
    if wanted == ALL:
        return mine
    if mine == ALL:
        return tuple(wanted)
    return tuple(set(mine) & set(wanted))
