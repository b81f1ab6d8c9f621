"""The alarms that live readings show while a backlog is worked off: seen ahead of the law, which puts them right when it arrives.

A machine's readings have to be judged in the order in which they were sampled, so after an outage the live ones wait for all that
queued before them. A lookout judges them at once, by the same rules and with nothing but what it has heard itself, stores none of
them, and only ever opens an alarm. What a rule needs to have seen for longer than the lookout has listened comes with the backlog.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from data_access.engine import Store
from domain.alarm_book import seen_ahead
from services import alarms, incidents
from services.alarms import Ruling
from services.batches import Batch
from services.fleet import Known
from services.judging import judge, take_over
from services.storing import only_judged
from services.telemetry import ORDINARY, Rite
from services.telemetry_memory import Memory, unseen

log = logging.getLogger(__name__)


class Lookout:
    """What was heard of live readings since it was made; `memory` is that of the worker, whose law will follow."""

    def __init__(self, memory: Memory) -> None:
        self._worker = memory
        self._own = unseen(memory.register)

    @property
    def is_current(self) -> bool:
        """Whether the register and the rules are still those it was made with."""
        return self._own.register is self._worker.register

    def look(self, store: Store, batch: Batch, *, at: datetime, rite: Rite = ORDINARY) -> int:
        """Judge live readings, and open the alarms they show; how many. Raises StoreUnavailable, and what the rite does."""
        batch.fold()
        judged = judge(self._own, {kind: only_judged(self._own.fleets[kind], said.columns) for kind, said in batch.said.items()}, [], at)
        seen = self._seen(judged.rulings)
        if seen:
            with store.transaction() as tx:
                rite.begin(tx)
                raised = alarms.record(tx, [ruling for ruling, _ in seen])
                incidents.respond(tx, raised, at=at)
            for ruling, known in seen:
                _remember(self._worker, ruling.equipment_id, known)
            for alarm in (alarm for alarm in raised if alarm.is_new):
                log.info("alarm_seen_ahead", extra={"alarm": alarm.id, "equipment": alarm.equipment_id, "rule": alarm.rule})
        take_over(self._own, judged, at)
        return len(seen)

    def _seen(self, rulings: Sequence[Ruling]) -> list[tuple[Ruling, Known]]:
        """Those that open an alarm, and what the worker is to remember of their machines."""
        known: dict[int, Known] = {}
        found = []
        for ruling in rulings:
            number = ruling.equipment_id
            before = known.get(number) or self._worker.of(self._worker.register.by_id[number])
            opening = seen_ahead(before.docket, ruling.decision)
            if opening is not None:
                docket, decision = opening
                known[number] = Known(docket, before.cadence)
                found.append((Ruling(number, decision, ruling.detected_at), known[number]))
        return found


def _remember(memory: Memory, equipment_id: int, known: Known) -> None:
    fleet = memory.fleets[memory.register.by_id[equipment_id].kind]
    fleet.put(fleet.slots[equipment_id], known)
