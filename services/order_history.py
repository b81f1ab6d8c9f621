"""A work order's row and log as the law reads them: the same order twice, which a reconciliation compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import Order, OrderKind, OrderStatus, OurHand, Party, Proof, opened

_PROOF_FIELDS: Final = frozenset(each.name for each in fields(Proof))


def as_order(row: Any) -> Order:
    """A stored order as the law sees it."""
    return Order(
        OrderKind(row.kind),
        OrderStatus(row.status),
        None if row.level is None else ResponseLevel(row.level),
        row.use_unit_id,
        row.unit_id,
        row.assignee_id,
        row.master_id,
        row.suspended,
        row.bounced,
        row.rating,
        row.completed_by_id,
        row.team_id,
    )


def begun(opening: Any) -> Order:
    """The order as the first event of its log tells it."""
    said = opening.proof
    level = said.get("level")
    return opened(OrderKind(said["kind"]), level=level and ResponseLevel(level), use_unit=said.get("use_unit"), unit=said.get("unit"))


def as_party(event: Any) -> Party:
    """Who took a step, by its log."""
    return Party(OurHand(event.hand) if event.hand in set(OurHand) else Role(event.hand), event.organization_id)


def as_json(proof: Proof) -> dict[str, Any]:
    """What of a proof is kept in the log: what it holds, and nothing empty."""
    return {name: value for name, value in asdict(proof).items() if value not in (None, "", ())}


def as_proof(stored: Mapping[str, Any] | None) -> Proof:
    """A proof as it was kept."""
    held = {name: value for name, value in (stored or {}).items() if name in _PROOF_FIELDS}
    held |= {name: tuple(held[name]) for name in ("position", "photos", "weighed") if name in held}
    if "level" in held:
        held["level"] = ResponseLevel(held["level"])
    return Proof(**held)
