"""What the law of work orders cannot see: whether the unit, person, team or master that a step names exists and fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from data_access.engine import Tx
from data_access.queries import work_orders
from data_access.repositories import order_facts as facts
from data_access.repositories.work_orders import StoredOrder
from domain.errors import NotFound, Refused
from domain.scope import GRANTS, Action
from domain.work_orders import ACTING, OrderKind, Party, Proof, Refusal, Step


@dataclass(frozen=True, slots=True)
class Named:
    """A step somebody wants to take with a locked order."""

    order: StoredOrder
    step: Step
    party: Party
    proof: Proof


def check(tx: Tx, named: Named) -> None:
    """Raises Refused(reason=cannot_act | person_cannot_act | not_of_unit) for a step by a person that would leave the order to somebody
    who cannot act.
    """
    if found := _CHECKS.get(named.step):
        found(tx, named)


def check_master(order: StoredOrder, master: StoredOrder | None) -> None:
    """Raises NotFound, or Refused(other_machine): a duplicate is about the same machine, and a drill is never real."""
    if master is None or master.id == order.id:
        raise NotFound(order=None if master is None else master.id)
    same = order.equipment_id == master.equipment_id or None in (order.equipment_id, master.equipment_id)
    if not same or order.drill != master.drill:
        raise _refusal(Refusal.OTHER_MACHINE, Step.MERGE)


def check_urgency(order: StoredOrder, master: StoredOrder) -> None:
    """Raises Refused(urgent_falls): what is urgent goes on as nothing that may wait."""
    if order.urgent and not master.urgent:
        raise _refusal(Refusal.URGENT_FALLS, Step.MERGE)


def _unit_acts(tx: Tx, named: Named) -> None:
    unit, team = named.proof.unit, named.proof.team
    if unit is not None and not facts.roles_of_unit(tx, unit) & ACTING[OrderKind(named.order.kind)]:
        raise _refusal(Refusal.CANNOT_ACT, named.step)
    if team is not None and facts.unit_of_team(tx, team) != unit:
        raise _refusal(Refusal.NOT_OF_UNIT, named.step)


def _person_is_ours(tx: Tx, named: Named) -> None:
    """A unit names its own people; an authority also its own, and the people of the unit that is to act. Who is named sees the order
    and may act on it: a wall, an auditor or another street's officer would leave it to nobody."""
    if named.proof.assignee is None:
        return  # the law says so
    person = facts.scope_of_account(tx, named.proof.assignee)
    ours = {named.party.unit} if named.party.unit is not None else {None, named.order.unit_id}
    if person is None or person.organization not in ours:
        raise _refusal(Refusal.NOT_OF_UNIT, named.step)
    may_act = Action.WORK_ORDERS in GRANTS.get(person.role, frozenset())
    if not may_act or work_orders.by_id(person, tx, order_id=named.order.id) is None:
        raise _refusal(Refusal.PERSON_CANNOT_ACT, named.step)


def _refusal(reason: Refusal, step: Step) -> Refused:
    return Refused(reason=reason.value, step=step.value)


_CHECKS: Final[Mapping[Step, Callable[[Tx, Named], None]]] = {
    Step.DISPATCH: _unit_acts,
    Step.TRANSFER: _unit_acts,
    Step.ORDER: _unit_acts,
    Step.ASSIGN: _person_is_ours,
}
