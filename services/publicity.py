"""Targeted publicity (精准宣传): sites where one uncivil behaviour happens again and again, week by week, and what was done there."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from data_access.conditions import today
from data_access.engine import Store
from data_access.queries import publicity as queries
from data_access.repositories import audit, publicity, rule_settings
from data_access.repositories.audit import Entry
from domain.behaviour import GATHERED, PUBLICISTS, PUBLICITY_FROM, WEEKS, week_of
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import Action, Actor
from domain.telemetry import BEIJING
from services.alarms import NOTE_LIMIT, within


def gather(store: Store, at: datetime) -> int:
    """Bring the list up to date; how many entries changed. Raises StoreUnavailable."""
    monday = week_of(today(at))
    with store.transaction() as tx:
        at_least = int(PUBLICITY_FROM.of(rule_settings.current(tx)))
        changed = 0
        for before in range(WEEKS):
            since = datetime.combine(monday - timedelta(weeks=before), time(), BEIJING)
            changed += publicity.gather(tx, category=GATHERED, since=since, until=since + timedelta(weeks=1), at_least=at_least)
    return changed


def done(actor: Actor, store: Store, entry_id: int, *, note: str, at: datetime) -> None:
    """Write down what was done at a site.

    Raises NotPermitted, NotFound, Conflict(by, at) when somebody has done so already, Invalid(field=note).
    """
    actor.require(Action.WORK_ORDERS)
    if actor.scope.role not in PUBLICISTS:
        raise NotPermitted(action=Action.WORK_ORDERS.value, role=actor.scope.role.value)
    note = within("note", note, NOTE_LIMIT)
    if not note:
        raise Invalid(field="note", reason="required")
    with store.transaction() as tx:
        if not queries.exists(actor.scope, tx, entry_id=entry_id):
            raise NotFound(publicity=entry_id)
        entry = publicity.locked(tx, entry_id)
        if entry is None:
            raise NotFound(publicity=entry_id)
        if entry.done_at is not None:
            raise Conflict(by=entry.done_by, at=entry.done_at)
        publicity.done(tx, entry_id, name=actor.name, note=note, at=at)
        written = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.WORK_ORDERS.value,
            object=f"publicity:{entry_id}",
            after={"done": True, "behaviour": entry.behaviour},
            reason=note,
            address=actor.address,
        )
        audit.append(tx, written, at)
