"""What follows from behaviour in the car: the car speaks, and the use unit has an order. Called in the transaction of the alarms.

Dangerous behaviour (危险行为) has one order under way a machine and family; one that is done gives way to the next.
Uncivil behaviour (不文明行为) is gathered: one order a lift and Shanghai day, however often it happens, also where that day's order
is done already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from data_access.conditions import today
from data_access.engine import Tx
from data_access.repositories import behaviours, many_orders, rule_settings
from data_access.repositories import device_commands as commands
from data_access.repositories import work_orders as orders
from data_access.repositories.alarms import Alarm
from data_access.repositories.device_commands import Wanted
from data_access.repositories.work_orders import Opening, Source
from domain.behaviour import BEHAVIOURS, DANGEROUS, PROMPT_LASTS, PromptNote, cause_key, cause_of
from domain.work_orders import OrderKind, Proof, Step
from services import work_orders

SOURCE: Final = "iot"


def respond(tx: Tx, raised: Sequence[Alarm], *, at: datetime) -> None:
    """Answer occurrences: alarms that are new, and open ones that happened again. Others among them are passed over.

    Told again of the same occurrence, it changes nothing. Who did what is told of too late has left the car: only the order follows,
    and that of dangerous behaviour says why the car was silent.
    """
    settings = rule_settings.current(tx)
    mine = sorted((alarm for alarm in raised if alarm.family in BEHAVIOURS), key=lambda alarm: (alarm.equipment_id, alarm.family))
    wanted = []
    for alarm in mine:
        order_id = _order_about(tx, alarm, at)
        wanted.append(
            Wanted(
                key=f"{alarm.id}-{alarm.occurrences}",
                equipment_id=alarm.equipment_id,
                order_id=order_id,
                prompt=alarm.family,
                since=min(alarm.last_occurred_at, at),
            )
        )
    worth = at - timedelta(seconds=PROMPT_LASTS.of(settings))
    commands.queue(tx, [each for each in wanted if each.since >= worth])
    _say_why_silent(tx, [each for each in wanted if each.since < worth and each.prompt in DANGEROUS], at=at)
    behaviours.recount(tx, sorted({each.order_id for each in wanted}))


def _say_why_silent(tx: Tx, late: Sequence[Wanted], *, at: datetime) -> None:
    """Note in the order of what happened that no prompt was asked for; what it is told of at once, or again, is noted once."""
    for each in late:
        order = orders.locked(tx, each.order_id)
        if order is None or commands.is_known(tx, key=each.key, equipment_id=each.equipment_id):
            continue
        noted = (event.at for event in orders.log(tx, order.id) if (event.proof or {}).get("note") == PromptNote.TOO_LATE)
        if not any(when >= each.since for when in noted):
            work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=PromptNote.TOO_LATE.value), at=at)


def _order_about(tx: Tx, alarm: Alarm, at: datetime) -> int:
    key = cause_key(alarm.family, alarm.equipment_id, today(alarm.raised_at))
    source = Source(channel="automatic", source=SOURCE, at=at, alarm_id=alarm.id)
    if alarm.family in DANGEROUS and alarm.is_new:
        many_orders.make_room(tx, [key])
    elif alarm.family not in DANGEROUS:
        done = behaviours.closed_order(tx, key)
        if done is not None:
            if orders.add_source(tx, done.id, source):
                work_orders.advance_by_system(tx, done, Step.NOTE, Proof(note=PromptNote.AGAIN.value), at=at)
            return int(done.id)
    opening = Opening(
        kind=OrderKind.BEHAVIOR.value,
        status=work_orders.first_status(OrderKind.BEHAVIOR),
        cause=cause_of(alarm.family),
        cause_key=key,
        equipment_id=alarm.equipment_id,
        opened_at=at,
        occurred_at=alarm.raised_at,
        level=alarm.level,
        urgent=alarm.family in DANGEROUS,
        alarm_id=alarm.id,
    )
    order, _ = work_orders.open_(tx, opening, source)
    return int(order.id)
