"""Thresholds: which are in force, and how an authorised person changes one. Workers and the schedule take it over within seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.repositories import audit, rule_settings
from domain.equipment.kind import Threshold
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import ALL, Action, Actor
from domain.thresholds import THRESHOLDS, is_sane

LONGEST_REASON: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that somebody wants in force, and why; `seen` is the version they looked at (0: the default), None where nobody looked."""

    key: str
    value: float
    why: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever changes a threshold."""

    name: str
    username: str = ""
    account_id: int | None = None
    address: str = ""


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
    """Put a value in force, as an operator at the server's own keyboard; its version.

    Raises NotFound for a key that is no threshold's, Invalid, StoreUnavailable.
    """
    return _change(store, Wish(key, value, why), Author(by), at=at)


def put_in_force(actor: Actor, store: Store, wish: Wish, *, at: datetime) -> int:
    """Put a value in force in the name of a person; its version.

    Raises NotPermitted, NotFound, Invalid, StoreUnavailable, and Conflict when somebody changed it after the person had looked.
    """
    may_change(actor)
    return _change(store, wish, Author(actor.name, actor.username, actor.account_id, actor.address), at=at)


def may_change(actor: Actor) -> None:
    """Raise NotPermitted unless the actor may change rules: they hold for the whole district, so the scope must be the whole of it."""
    actor.require(Action.CHANGE_RULES)
    if (actor.scope.streets, actor.scope.kinds, actor.scope.organization) != (ALL, ALL, None):
        raise NotPermitted(action=Action.CHANGE_RULES.value, role=actor.scope.role.value)


def _change(store: Store, wish: Wish, author: Author, *, at: datetime) -> int:
    threshold, why = THRESHOLDS.get(wish.key), wish.why.strip()
    if threshold is None:
        raise NotFound(threshold=wish.key)
    if not is_sane(threshold, wish.value):
        raise Invalid(field="value", reason=f"{wish.value:g} {threshold.unit}; the default is {threshold.default:g}")
    if not why:
        raise Invalid(field="why", reason="empty")
    if len(why) > LONGEST_REASON:
        raise Invalid(field="why", reason="too_long")
    with store.transaction() as tx:
        before = threshold.of(rule_settings.current(tx))
        version = rule_settings.change(tx, wish.key, wish.value, by=author.name, why=why, at=at)
        if wish.seen is not None and version != wish.seen + 1:
            raise Conflict(threshold=wish.key, version=version - 1)
        entry = audit.Entry(
            account_id=author.account_id,
            username=author.username or author.name,
            action="change_rule_setting",
            object=f"rule_setting:{wish.key}",
            before={"value": before},
            after={"value": wish.value, "version": version},
            reason=why,
            address=author.address,
        )
        audit.append(tx, entry, at)
    return version
