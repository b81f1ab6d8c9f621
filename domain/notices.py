"""Who is told of what about an order (通知), as two tables; pure. How and when it leaves is domain/outbox.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.response import ResponseLevel
from domain.scope import ALL, Role, Scope
from domain.work_orders import RESCUE_CHAIN, SUPERVISION_CHAIN, OrderKind, Step


class Audience(StrEnum):
    """Whom a line means, before an order says who that is."""

    USE_UNIT = "use_unit"  # whose machine it is
    UNIT = "unit"  # who is to act
    FORMER = "former"  # who was to act until now
    TEAM = "team"  # of the unit, by the telephone of its shift
    FORMER_TEAM = "former_team"
    ASSIGNEE = "assignee"
    STREET = "street"
    CENTRE = "centre"
    BUREAU = "bureau"
    EMERGENCY = "emergency"
    FIRE = "fire"
    HOUSING = "housing"
    REPORTER = "reporter"  # who reported it and can be reached: domain/reporters.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What of an order decides who is told. `former` is the unit, `former_team` the team that was to act before the step; `reporters` are
    reports of it.
    """

    kind: OrderKind
    cause: str = ""
    level: ResponseLevel | None = None
    urgent: bool = False
    use_unit: int | None = None
    unit: int | None = None
    former: int | None = None
    team: int | None = None
    former_team: int | None = None
    assignee: int | None = None
    street: str | None = None
    reporters: tuple[int, ...] = ()

    @property
    def wakes(self) -> bool:
        """Whether somebody may be woken for it: people inside, a grave fault, dangerous behaviour, a rescue that is late."""
        if self.kind in RESCUE_CHAIN:
            return self.urgent or self.kind is OrderKind.RESCUE or (self.level is not None and self.level is not ResponseLevel.MINOR_FAULT)
        return self.cause in WAKING_CAUSES


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: `template` goes to these, for orders of `kinds` (empty: all) that fit.

    `may_wait`: until morning, however urgent the order. `at_once`: whatever the order, because somebody's time to answer runs from here.
    """

    template: str
    to: tuple[Audience, ...]
    kinds: frozenset[OrderKind] = frozenset()
    fits: Callable[[Matter], bool] = lambda _: True
    may_wait: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one recipient ("role:bureau", "street:310107005", "unit:17", "team:4", "account:3", "reporter:8").

    `insider`: the recipient is a person of the house, whom a drill may reach; an account alone does not say whose it is.
    """

    template: str
    recipient: str
    urgent: bool
    insider: bool = False

    @property
    def leaves_in_a_drill(self) -> bool:
        """Whether a drill may really reach the recipient (E6)."""
        return self.insider or self.recipient in INSIDERS


_A = Audience
_COMMAND: Final = (_A.CENTRE, _A.BUREAU, _A.EMERGENCY, _A.FIRE, _A.HOUSING, _A.STREET)
_BOTH: Final = (_A.USE_UNIT, _A.UNIT)
_RESCUE: Final = frozenset({OrderKind.RESCUE})
_REPAIRED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})
_OF_THE_USER: Final = frozenset({OrderKind.RESCUE, OrderKind.ANOMALY, OrderKind.BEHAVIOR})
_REPAIR: Final = frozenset({OrderKind.REPAIR})
_ANOMALY: Final = frozenset({OrderKind.ANOMALY})
WAKING_CAUSES: Final = frozenset({"rescue_overdue"})  # 超时救援


def _grave(matter: Matter) -> bool:
    return matter.urgent


def _emergency(matter: Matter) -> bool:
    return matter.level is ResponseLevel.EMERGENCY


def _below_emergency(matter: Matter) -> bool:
    return not _emergency(matter)


def _not_told_by_opening(matter: Matter) -> bool:
    """The use unit heard of an anomaly or a behaviour when the order was opened; being sent the next moment is no news."""
    return matter.unit != matter.use_unit or matter.kind in _REPAIRED - _OF_THE_USER | _RESCUE


# 普陀区特种设备 work plan 三级响应: level 1 → maintenance unit (told when it is sent), level 2 → use unit and maintenance unit,
# level 3 → the departments of the district plan. A grave fault in an empty car: the regulator is informed.
OPENED: Final = (
    Line("trapped", (_A.USE_UNIT,), _RESCUE),
    Line("opened", (_A.USE_UNIT,), _ANOMALY, at_once=True),  # it is sent the order in the same moment
    Line("opened", (_A.USE_UNIT,), _OF_THE_USER - _RESCUE - _ANOMALY),
    Line("out_of_service", (_A.USE_UNIT, _A.BUREAU), _REPAIR, _grave),
    Line("emergency", _COMMAND, RESCUE_CHAIN, _emergency),
    Line("supervision", (_A.BUREAU,), SUPERVISION_CHAIN),
)
"""A new order."""

REPEATED: Final = (Line("repeated", (_A.UNIT, _A.CENTRE), _RESCUE), Line("repeated", (_A.UNIT,), _REPAIR, may_wait=True))
"""Somebody else reports what an open order is about."""

MOVED: Final[Mapping[Step, tuple[Line, ...]]] = {
    Step.DISPATCH: (Line("dispatched", (_A.UNIT,), fits=_not_told_by_opening, at_once=True), Line("dispatched", (_A.TEAM,), at_once=True)),
    Step.TRANSFER: (
        Line("dispatched", (_A.UNIT, _A.TEAM), RESCUE_CHAIN, at_once=True),
        Line("dispatched", (_A.UNIT,)),
        Line("withdrawn", (_A.FORMER, _A.FORMER_TEAM)),
    ),
    Step.RETURN: (Line("withdrawn", (_A.FORMER, _A.FORMER_TEAM), may_wait=True),),
    Step.ACCEPT: (Line("accepted", (_A.USE_UNIT,), _RESCUE), Line("accepted", (_A.USE_UNIT,), _REPAIR, _grave)),
    Step.SIGN_IN: (Line("signed_in", (_A.USE_UNIT,), _RESCUE),),
    Step.COMPLETE: (
        Line("completed", (_A.USE_UNIT, _A.CENTRE), _RESCUE),
        Line("completed", (_A.USE_UNIT,), _REPAIRED - _RESCUE, may_wait=True),
        Line("completed", (_A.CENTRE,), frozenset({OrderKind.BEHAVIOR}), may_wait=True),
    ),
    Step.CONFIRM: (Line("confirmed", (_A.UNIT,), may_wait=True), Line("rate", (_A.USE_UNIT,), _REPAIRED, may_wait=True)),
    Step.REDO: (Line("redo", (_A.UNIT,)),),
    Step.SUSPEND: (Line("suspended", (_A.USE_UNIT,), may_wait=True),),
    Step.MERGE: (Line("merged", (_A.UNIT,)),),
    Step.ASSIGN: (Line("assigned", (_A.ASSIGNEE,)),),
    Step.ESCALATE: (
        Line("escalated", (*_BOTH, *_COMMAND), fits=_emergency),
        Line("escalated", (*_BOTH, _A.CENTRE), fits=_below_emergency),
    ),
    Step.FALSE_ALARM: (Line("false_alarm", _BOTH),),
    Step.ACCIDENT: (Line("accident", (*_BOTH, *_COMMAND)),),
    Step.ORDER: (Line("ordered", _BOTH, may_wait=True),),
    Step.RECTIFY: (Line("rectified", (_A.BUREAU,), may_wait=True),),
    Step.CLOSE: (Line("closed", _BOTH, may_wait=True),),
}
"""A step that was taken; steps that stand here with nobody to tell are told to nobody."""

_ROLES: Final[Mapping[Audience, Role]] = {
    _A.CENTRE: Role.OPERATIONS_CENTRE,
    _A.BUREAU: Role.BUREAU,
    _A.EMERGENCY: Role.EMERGENCY,
    _A.FIRE: Role.FIRE,
    _A.HOUSING: Role.HOUSING,
}


def of_role(role: Role) -> str:
    """The recipient that stands for everybody of a role."""
    return f"role:{role.value}"


def of_unit(unit: int) -> str:
    """The recipient that stands for a unit."""
    return f"unit:{unit}"


def of_team(team: int) -> str:
    """The recipient that stands for whoever has a team's shift."""
    return f"team:{team}"


def of_street(code: str) -> str:
    """The recipient that stands for a street."""
    return f"street:{code}"


def of_account(account: int) -> str:
    """The recipient that is one person."""
    return f"account:{account}"


def of_reporter(source: int) -> str:
    """The recipient that is whoever made a report."""
    return f"{Audience.REPORTER}:{source}"


def is_reporter(recipient: str) -> bool:
    """Whether the recipient is a citizen, who has no account and is told of his own report alone."""
    return recipient.startswith(f"{Audience.REPORTER}:")


INSIDERS: Final = frozenset(map(of_role, (Role.OPERATIONS_CENTRE, Role.BUREAU)))
"""Whom a drill may really reach; messages to everybody else stay on the platform (E6)."""
ALL_SEEING: Final = frozenset({Role.OPERATIONS_CENTRE, Role.BUREAU})
"""Roles that see everybody's messages about the orders of their scope; the others see their own."""


def notices(lines: Iterable[Line], matter: Matter) -> tuple[Notice, ...]:
    """What the lines say for this order: one message a recipient, the first line that names him."""
    told: dict[str, Notice] = {}
    for line in lines:
        if (line.kinds and matter.kind not in line.kinds) or not line.fits(matter):
            continue
        urgent = line.at_once or (matter.wakes and not line.may_wait)
        for recipient in (found for audience in line.to for found in recipients_meant(audience, matter)):
            told.setdefault(recipient, Notice(line.template, recipient, urgent))
    return tuple(told.values())


def recipients_meant(audience: Audience, matter: Matter) -> tuple[str, ...]:
    """Who is meant; nobody where the order has nobody of that name."""
    if audience is Audience.REPORTER:
        return tuple(map(of_reporter, matter.reporters))
    recipient = _recipient_of(audience, matter)
    return () if recipient is None else (recipient,)


def _recipient_of(audience: Audience, matter: Matter) -> str | None:
    if audience in _ROLES:
        return of_role(_ROLES[audience])
    match audience:
        case Audience.USE_UNIT:
            return None if matter.use_unit is None else of_unit(matter.use_unit)
        case Audience.UNIT:
            return None if matter.unit is None else of_unit(matter.unit)
        case Audience.FORMER:
            return None if matter.former is None or matter.former == matter.unit else of_unit(matter.former)
        case Audience.TEAM:
            return None if matter.team is None else of_team(matter.team)
        case Audience.FORMER_TEAM:
            return None if matter.former_team is None or matter.former_team == matter.team else of_team(matter.former_team)
        case Audience.ASSIGNEE:
            return None if matter.assignee is None else of_account(matter.assignee)
    return None if matter.street is None else of_street(matter.street)


def recipients_of(scope: Scope) -> tuple[str, ...] | None:
    """As whom a reader is told; None for readers who see everybody's messages."""
    if scope.role in ALL_SEEING:
        return None
    own = () if scope.organization is None else (of_unit(scope.organization),)
    streets = () if scope.streets == ALL or scope.organization is not None else tuple(map(of_street, scope.streets))
    shared = () if own or streets else (of_role(scope.role),)
    return (*own, *streets, *shared)


TEMPLATES: Final = frozenset(
    {line.template for lines in (OPENED, REPEATED, *MOVED.values()) for line in lines}
    | {"copy_found", "copy_handled"}
    | {"warning", "breach", "accident_candidate", "no_team", "summoned", "no_answer", "seat_unanswered", "plan_task", "group"}
)
"""Every message there is; its words are `notice.<template>`. The last line is told by name, through services.notices.tell."""
