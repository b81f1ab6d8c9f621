"""What makes the regulator open an order by itself (监管触发), and what happens to that order when its cause changes or goes. Pure.

Source: 普陀区特种设备 work plan: 脱保、维保超期、超期未检、检验不合格、超时救援、市民评价建议 go to the bureau as orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.equipment.kind import Settings, Threshold
from domain.scope import Role
from domain.work_orders import OrderKind, OrderStatus

AGAIN_AFTER: Final = Threshold("trigger.again_days", 30, "d")
POOR_RATING: Final = Threshold("trigger.rating_at_most", 2, "分")


class Trigger(StrEnum):
    """Why an order was opened at the bureau; the value is the order's `cause`, the locale key `trigger.<value>`."""

    MAINTENANCE_LAPSED = "maintenance_lapsed"  # 脱保
    MAINTENANCE_OVERDUE = "maintenance_overdue"  # 维保超期
    INSPECTION_OVERDUE = "inspection_overdue"  # 超期未检
    INSPECTION_FAILED = "inspection_failed"  # 检验不合格
    RESCUE_OVERDUE = "rescue_overdue"  # 超时救援
    CITIZEN_RATING = "citizen_rating"  # 市民评价


class Lapse(StrEnum):
    """Why nobody maintains a machine as the law asks (脱保), the first that holds; the locale key is `lapse.<value>`."""

    CONTRACT_ENDED = "contract_ended"
    NO_MAINTAINER = "no_maintainer"  # of lifts: the register names no unit
    NO_LICENCE = "no_licence"  # of lifts: the unit has none in force


@dataclass(frozen=True, slots=True)
class Charge:
    """What a trigger opens: the kind of order, which of the machine's units is to mend it, and whether its street gets a copy."""

    kind: OrderKind
    mender: Role
    copied: bool = False
    urgent: bool = False


CHARGES: Final[Mapping[Trigger, Charge]] = {
    Trigger.MAINTENANCE_LAPSED: Charge(OrderKind.SUPERVISION, Role.USE_UNIT),
    Trigger.MAINTENANCE_OVERDUE: Charge(OrderKind.SUPERVISION, Role.MAINTENANCE_UNIT),
    # The work plan counts these two among 重大事故隐患 and has them copied to the street.
    Trigger.INSPECTION_OVERDUE: Charge(OrderKind.SUPERVISION, Role.USE_UNIT, copied=True, urgent=True),
    Trigger.INSPECTION_FAILED: Charge(OrderKind.SUPERVISION, Role.USE_UNIT, copied=True, urgent=True),
    Trigger.RESCUE_OVERDUE: Charge(OrderKind.SUPERVISION, Role.MAINTENANCE_UNIT, urgent=True),
    Trigger.CITIZEN_RATING: Charge(OrderKind.FEEDBACK, Role.MAINTENANCE_UNIT),
}
REGISTERED: Final = (
    Trigger.MAINTENANCE_LAPSED,
    Trigger.MAINTENANCE_OVERDUE,
    Trigger.INSPECTION_OVERDUE,
    Trigger.INSPECTION_FAILED,
)
"""Those whose cause stands in the register, and goes when the register changes."""
COPIED: Final = frozenset(trigger.value for trigger, charge in CHARGES.items() if charge.copied)
"""Causes of orders that the machine's street gets a copy of."""

Facts = Mapping[str, Any]
"""What a cause rests on, as JSON: it is the same cause while what its order holds of it stays equal. Of those in the register: `day`,
`why` of a Lapse, and `mender`, the unit that is to mend it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest order of a cause: what it rests on, when its cause went, and when it was closed."""

    order_id: int
    status: OrderStatus
    facts: Facts
    gone: bool = False
    closed_at: datetime | None = None


class Move(StrEnum):
    """What to do about a cause and its order. The first three of an open order are the words of its log, `system_note.<value>`."""

    CHANGED = "cause_changed"  # it rests on something else now
    BACK = "cause_back"
    GONE = "cause_gone"  # the regulator has ordered rectification, so the regulator closes
    CLOSE = "close"
    OPEN = "open"
    REST = "rest"


def move_for(facts: Facts | None, standing: Standing | None, *, settings: Settings, at: datetime) -> Move:
    """What to do, where `facts` None says that the cause is gone, and `standing` None that it never had an order.

    What a person closed or refused stays so while nothing changes, but for AGAIN_AFTER at most: a register that still says so after
    that time is either wrong, which somebody must mend, or right.
    """
    if standing is None:
        return Move.REST if facts is None else Move.OPEN
    if standing.closed_at is not None:
        return Move.OPEN if facts is not None and _again(facts, standing, standing.closed_at, settings, at) else Move.REST
    if facts is None:
        return Move.REST if standing.gone else Move.CLOSE if standing.status in _NOT_ORDERED else Move.GONE
    if standing.gone:
        return Move.BACK
    return Move.CHANGED if _differs(facts, standing) else Move.REST


def _again(facts: Facts, standing: Standing, closed_at: datetime, settings: Settings, at: datetime) -> bool:
    """Whether a cause whose order is closed deserves another one."""
    long_ago = at - closed_at >= timedelta(days=AGAIN_AFTER.of(settings))
    return standing.gone or _differs(facts, standing) or long_ago


def _differs(facts: Facts, standing: Standing) -> bool:
    """Whether a cause rests on something else than its order says; what was not yet written down then is no difference."""
    return any(facts.get(name) != said for name, said in standing.facts.items())


def new_mender(facts: Facts | None, standing: Standing, unit_id: int | None) -> int | None:
    """The unit that an order is to name instead of `unit_id`, its present one; None: it stays.

    The register moves an order that nobody has been told of yet, and whose unit is the one that the register named.
    """
    mender = None if facts is None else facts.get("mender")
    named = mender not in (None, unit_id) and unit_id == standing.facts.get("mender")
    return mender if named and standing.status in _NOT_ORDERED else None


_NOT_ORDERED: Final = frozenset({OrderStatus.RECEIVED, OrderStatus.VERIFIED})
