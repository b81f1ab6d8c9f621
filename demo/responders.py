"""The demonstration's people answer their orders: by the same services, law and proofs as everybody, and marked 演示.

When somebody acts is derived from the order, its last step and the seed, so that a process that is killed forgets nothing but time.
Drills are answered too: that is what a drill is for. Tasks of the district plan, copies and calls at the seat are left to people.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import deployment
from data_access.repositories import demo_orders
from data_access.repositories.demo_orders import NAMES, Waiting
from demo.habits import Deed, next_deed, rating
from demo.proofs import MARK, Scene, proof_of
from domain.errors import Conflict, NotFound, Refused, WrongDistrict
from domain.scope import ALL, Actor, Role, Scope
from domain.work_orders import OrderKind, Step
from services import work_orders

log = logging.getLogger(__name__)

AT_ONCE: Final = 40  # deeds of one tick; the others are due at the next one
OVERLAP: Final = timedelta(minutes=1)  # a step may be committed later than the moment it bears
ANEW: Final = timedelta(minutes=10)  # between two looks at everything
AGAIN: Final = timedelta(minutes=1)  # where the centre finds nobody to send, or a step could not be taken
TRUTHS: Final = timedelta(days=1)  # a simulator that has told nothing for so long tells nothing
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)

_Key = tuple[int, bool]
"""An order, and whether it is about its rating."""


@dataclass(slots=True)
class Responders:
    """Everybody who answers. `tick` looks at what has changed, and does what is due."""

    store: Store
    seed: int
    speed: float = 1.0
    _hands: Mapping[Role, int] = field(default_factory=dict)
    _agenda: dict[_Key, tuple[Waiting, Deed]] = field(default_factory=dict)
    _looked_at: datetime = EVER
    _all_seen_at: datetime = EVER

    def tick(self, at: datetime) -> int:
        """Do what is due; how many steps were taken. Raises StoreUnavailable, and WrongDistrict for any database but a demonstration's."""
        self._look(at)
        due = sorted((key for key, (_, deed) in self._agenda.items() if deed.due_at <= at), key=self._order)[:AT_ONCE]
        return sum(self._act(key, *self._agenda[key], at) for key in due)

    def _order(self, key: _Key) -> tuple[bool, datetime]:
        """People first, then whoever is due longest."""
        case, deed = self._agenda[key]
        return case.kind != OrderKind.RESCUE, deed.due_at

    def _look(self, at: datetime) -> None:
        """Plan for every order that has changed; now and then for all of them, and when the clock was set back."""
        everything = not timedelta() <= at - self._all_seen_at < ANEW
        if everything:
            self._hands = self._hired()
        with self.store.reading() as tx:
            _check(tx)
            since = EVER if everything else self._looked_at - OVERLAP
            changed = demo_orders.waiting(tx, ours=list(self._hands.values()), changed_since=since, truths_since=at - TRUTHS)
        if everything:
            known = {(case.id, False) for case in changed}
            self._agenda = {key: planned for key, planned in self._agenda.items() if key[1] or key in known}
            self._all_seen_at = at
        self._looked_at = at
        for case in changed:
            self._plan(case)

    def _hired(self) -> Mapping[Role, int]:
        with self.store.transaction() as tx:
            _check(tx)
            return demo_orders.hire(tx)

    def _plan(self, case: Waiting) -> None:
        planned = self._agenda.get((case.id, False))
        if planned and planned[0].seq == case.seq:
            return  # it may have been put off
        self._agenda.pop((case.id, False), None)
        if deed := next_deed(case, seed=self.seed, speed=self.speed):
            self._agenda[case.id, False] = case, deed

    def _act(self, key: _Key, case: Waiting, deed: Deed, at: datetime) -> bool:
        """Take the step; somebody who was faster, or an order that is no longer there, is no failure."""
        self._agenda[key] = case, replace(deed, due_at=at + AGAIN)  # also where the database is away now
        proof = proof_of(Scene(self.store, case, deed, self.seed, at))
        if proof is None:
            return False
        seen = None if deed.step is Step.RATE else case.seq  # a rating comes after the confirmation, whatever came between
        try:
            work_orders.advance(self._person(case, deed), self.store, case.id, step=deed.step, proof=proof, seen=seen, at=at)
        except (Conflict, NotFound, Refused) as refusal:
            log.info("not_answered", extra={"order": case.id, "step": deed.step.value, "why": str(refusal)})
            del self._agenda[key]
            return False
        del self._agenda[key]
        if deed.step is Step.CONFIRM and deed.role is Role.USE_UNIT:
            self._remember_to_rate(case, deed, at)
        return True

    def _remember_to_rate(self, case: Waiting, deed: Deed, at: datetime) -> None:
        if said := rating(case, seed=self.seed):
            self._agenda[case.id, True] = case, Deed(Step.RATE, deed.role, deed.unit, at + said[1] / self.speed)

    def _person(self, case: Waiting, deed: Deed) -> Actor:
        """Somebody of the unit that is to act, with that unit's scope."""
        unit = case.unit if deed.unit == case.unit_id else case.use_unit
        named = NAMES[deed.role] if deed.unit is None else f"{MARK}·{unit}"
        return Actor(self._hands[deed.role], f"demo-{deed.role.value}", named, Scope(deed.role, ALL, deed.unit, ALL))


def _check(tx: Tx) -> None:
    """Raises WrongDistrict for any database but a demonstration's."""
    mode = deployment.mode(tx)
    if mode != "demonstration":
        raise WrongDistrict(stored=mode or "nothing", wanted="demonstration")
