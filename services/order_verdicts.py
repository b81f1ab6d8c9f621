"""What an order turned out to be is what its alarms were: closing it judges them (误报、属实), unless somebody has done so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.repositories import order_alarms, verdicts
from data_access.repositories import work_orders as orders
from data_access.repositories.verdicts import Given
from data_access.repositories.work_orders import StoredOrder
from domain.truth import Verdict
from domain.work_orders import Step

SAID: Final[Mapping[Step, Verdict]] = {
    Step.CONFIRM: Verdict.CONFIRMED,
    Step.ACCIDENT: Verdict.CONFIRMED,
    Step.FALSE_ALARM: Verdict.FALSE,
}


def moved(tx: Tx, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """Judge the alarms of an order that was closed, in the name of the person who closed it; the note is the order's number."""
    verdict = SAID.get(step)
    if verdict is None:
        return
    closed = orders.log(tx, after.id, after=after.seq - 1)[-1]
    if closed.account_id is None:
        return
    given = Given(verdict=verdict, given_by=closed.actor, given_account=closed.account_id, given_at=at, note=after.number)
    for alarm_id in order_alarms.unjudged(tx, after):
        verdicts.give(tx, alarm_id, given)
