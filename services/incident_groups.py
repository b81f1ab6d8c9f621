"""Orders near each other that are one incident: put on one list, and raised to the level of the whole (成片事件)."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import alarms, many_orders, rule_settings
from data_access.repositories import incident_groups as groups
from data_access.repositories.work_orders import StoredOrder
from domain.equipment.kind import Settings
from domain.incident_groups import RULES, GroupCause, GroupRule, Located, clusters, rise
from domain.response import ResponseLevel, ResponseReason
from domain.work_orders import Proof, Step
from services import order_storms
from services.telemetry_memory import BY_TIME

log = logging.getLogger(__name__)

NOBODY: Final = 0


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What one look did: orders put on a list, orders whose level rose, incidents that ended."""

    joined: int = 0
    raised: int = 0
    ended: int = 0


def regroup(store: Store, at: datetime) -> Regrouped:
    """Gather what belongs together by now. Raises StoreUnavailable."""
    joined = raised = 0
    with store.transaction() as tx:
        settings = rule_settings.current(tx)
        for rule in RULES:
            for cluster in _clusters(tx, rule, settings, at):
                group, new = _gather(tx, rule, cluster, at)
                joined += new
                raised += _raise(tx, rule.cause, group, cluster, settings, at)
        done = Regrouped(joined, raised, groups.end(tx, at=at))
    _raise_alarms(store)
    if done != Regrouped():
        log.info("regrouped", extra=asdict(done))
    return done


def _clusters(tx: Tx, rule: GroupRule, settings: Settings, at: datetime) -> list[list[Located]]:
    """The clusters that hold an order which the rule has not had its say about yet."""
    reports = groups.located(tx, rule.cause, since=at - timedelta(seconds=rule.within.of(settings)), placed=rule.metres is not None)
    at_least = int(rule.at_least.of(settings))
    if len(reports) < at_least or all(report.settled for report in reports):
        return []
    found = [reports] if rule.metres is None else clusters(reports, metres=rule.metres.of(settings), at_least=at_least)
    return [cluster for cluster in found if not all(report.settled for report in cluster)]


def _gather(tx: Tx, rule: GroupRule, cluster: list[Located], at: datetime) -> tuple[int | None, int]:
    """The incident that the cluster is, which is the oldest among its orders' or a new one, and how many orders are new on its list.

    Orders stay on the list they are on; None where each is on one. Of orders all over the district a list of a place takes in none.
    """
    near = rule.metres is not None
    loose = many_orders.locked(tx, [report.order for report in cluster if report.group is None])
    standing = [report.group for report in cluster if report.group is not None and (near or report.cause == rule.cause.value)]
    if not loose:
        return min(standing, default=None), 0
    group = min(standing) if standing else groups.open_(tx, rule.cause, [order.id for order in loose], placed=near, at=at)
    groups.join(tx, group, loose, at=at)
    return group, len(loose)


def _raise(tx: Tx, cause: GroupCause, group: int | None, cluster: list[Located], settings: Settings, at: datetime) -> int:
    """Raise the orders of an incident to its level; how many rose."""
    members = _concerned(tx, cause, group, cluster)
    wanted = rise(cause, len(members), settings)
    lower = [order for order in members if _rank(order) < wanted.level.rank]
    if not wanted.whole:
        gravest = max((_rank(order) for order in members), default=NOBODY)
        lower = [] if gravest >= wanted.level.rank else [order for order in lower if _rank(order) == gravest][:1]
    proof = Proof(level=wanted.level, reason=wanted.reason.value)
    order_storms.advance(tx, [(order, Step.ESCALATE, proof) for order in lower], at=at)
    return len(lower)


def _concerned(tx: Tx, cause: GroupCause, group: int | None, cluster: list[Located]) -> list[StoredOrder]:
    """Whose level it is about: all on the list of a power cut; of trapped people those of the cluster, whichever lists they are on."""
    if cause is GroupCause.POWER_CUT and group is not None:
        return groups.members(tx, group)
    return [order for order in many_orders.locked(tx, [report.order for report in cluster]) if order.closed_at is None]


def _raise_alarms(store: Store) -> None:
    """Alarms about people follow their orders, in a transaction of their own: the worker locks alarms first and orders after them."""
    with store.transaction() as tx:
        if alarms.rise_with_orders(tx, reason=ResponseReason.MANY_TRAPPED.value):
            tx.touch(BY_TIME)


def _rank(order: StoredOrder) -> int:
    return 0 if order.level is None else ResponseLevel(order.level).rank
