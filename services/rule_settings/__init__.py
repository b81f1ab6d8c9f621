"""Thresholds: which are in force, and how an authorised person changes one. Workers and the schedule take it over within seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data_access.engine import Store
from data_access.repositories import audit, rule_settings
from domain.equipment.kind import Threshold
from domain.errors import Invalid, NotFound
from domain.thresholds import THRESHOLDS, is_sane


@dataclass(frozen=True, slots=True)
class InForce:
    """A threshold with its present value."""

    threshold: Threshold
    value: float


def in_force(store: Store) -> list[InForce]:
    """Every threshold, by key. Raises StoreUnavailable."""
    with store.reading() as tx:
        settings = rule_settings.current(tx)
    return [InForce(threshold, threshold.of(settings)) for _, threshold in sorted(THRESHOLDS.items())]


def change(store: Store, key: str, value: float, *, by: str, why: str, at: datetime) -> int:
    """Put a value in force; its version. Raises NotFound for a key that is no threshold's, Invalid, StoreUnavailable."""
    threshold = THRESHOLDS.get(key)
    if threshold is None:
        raise NotFound(threshold=key)
    if not is_sane(threshold, value):
        raise Invalid(field="value", reason=f"{value:g} {threshold.unit}; the default is {threshold.default:g}")
    if not why.strip():
        raise Invalid(field="why", reason="empty")
    with store.transaction() as tx:
        before = threshold.of(rule_settings.current(tx))
        version = rule_settings.change(tx, key, value, by=by, why=why.strip(), at=at)
        entry = audit.Entry(
            account_id=None,
            username=by,
            action="change_rule_setting",
            object=f"rule_setting:{key}",
            before={"value": before},
            after={"value": value, "version": version},
            reason=why.strip(),
        )
        audit.append(tx, entry, at)
    return version
