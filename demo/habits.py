"""How the demonstration's people behave: who takes the next step with an order, and when. Pure, and the same for the same seed.

`speed` hurries everybody but those who are late, whom the law's own clocks must see. What the centre owes is left to the person at
the screen for a while, some minutes at any speed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.repositories.demo_orders import Waiting
from domain.coordinates import Point
from domain.dispatch import metres_between
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import OrderKind, OrderStatus, Step

PERSON_KEEPS: Final = timedelta(minutes=10)
"""For so long after a person's step an order is his alone."""
SENDING: Final = frozenset({Step.DISPATCH.value, Step.TRANSFER.value, Step.ORDER.value})
NEVER_ANSWERS: Final = 0.05  # so that the next team is seen, and at times the centre
LATE_RESCUES: Final = 0.05  # so that warnings are seen, and now and then a breach
CONFIRMS_ITSELF: Final = 0.75  # of use units; the rest is left to the centre
RATES: Final = 0.4
CENTRE_WAITS: Final = timedelta(minutes=3)  # at least, at any speed
ERRORS: Final = 0.04  # calls about nothing, where no simulator says what was true
PRESSED_BY_MISTAKE: Final = 0.3
BUTTON: Final = "user_alarm"
MINUTE, HOUR = 60.0, 3600.0
_METRES_A_SECOND: Final = 4.5  # through the district's traffic, as the crow flies
_USUAL_METRES: Final = 2_000.0  # where nobody says whence a team comes
_SETTING_OUT: Final = (1.5 * MINUTE, 4 * MINUTE)
_RESCUERS_AT_MOST: Final = 17 * MINUTE  # on the way, unless they are late
_RATINGS: Final = ((5, 58), (4, 27), (3, 11), (2, 3), (1, 1))

Span = tuple[float, float]
"""Seconds, from and to."""


@dataclass(frozen=True, slots=True)
class Deed:
    """The next step: which, as whom, of which unit, and when. `unfounded`: there was nothing to be found."""

    step: Step
    role: Role
    unit: int | None
    due_at: datetime
    unfounded: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """An order at this turn, with the chance that belongs to it and to nothing else."""

    case: Waiting
    rng: random.Random
    speed: float
    unfounded: bool

    def within(self, span: Span) -> datetime:
        """Some time after the last step."""
        return self.case.since + timedelta(seconds=self.rng.uniform(*span) / self.speed)

    def left_to_centre(self, minutes: float) -> datetime:
        """Until when the person at the screen may do it himself."""
        return self.case.since + max(CENTRE_WAITS, timedelta(minutes=minutes / self.speed))

    def by_unit(self, step: Step, due_at: datetime) -> Deed | None:
        """A deed of the unit that was sent; None where it is no unit that could act."""
        if self.case.unit_id is None or self.case.unit_kind not in (Role.USE_UNIT, Role.MAINTENANCE_UNIT):
            return None
        return Deed(step, Role(self.case.unit_kind), self.case.unit_id, due_at, self.unfounded)


def next_deed(case: Waiting, *, seed: int, speed: float = 1.0) -> Deed | None:
    """What an invented person does next with an order; None where nobody does, because it waits for somebody else."""
    rng = random.Random(f"{seed}/{case.id}/{case.turn}")
    turn = Turn(case, rng, speed, nothing_there(case, seed=seed))
    deed = HABITS[OrderStatus(case.status)](turn)
    free_at = free_from(case)
    if deed is None or free_at is None or deed.due_at >= free_at:
        return deed
    return Deed(deed.step, deed.role, deed.unit, free_at, deed.unfounded)


def free_from(case: Waiting) -> datetime | None:
    """From when on an order that a person has touched is anybody's again; None: it is.

    Whoever sends an order to a unit that nobody plays waits for that unit.
    """
    if case.person_at is None or (case.person_step in SENDING and not case.played):
        return None
    return case.person_at + PERSON_KEEPS


def nothing_there(case: Waiting, *, seed: int) -> bool:
    """Whether whoever comes finds nothing: as the simulator has it, else by chance; a button may also be pressed by mistake."""
    chance = random.Random(f"{seed}/{case.id}/found").random()
    if case.cause == BUTTON:
        return chance < PRESSED_BY_MISTAKE
    return chance < ERRORS if case.founded is None else not case.founded


def rating(case: Waiting, *, seed: int) -> tuple[int, timedelta] | None:
    """What a use unit says of an order it has confirmed, and how long after; None: nothing."""
    rng = random.Random(f"{seed}/{case.id}/rated")
    if rng.random() >= RATES:
        return None
    [stars] = rng.choices([stars for stars, _ in _RATINGS], [weight for _, weight in _RATINGS])
    return stars, timedelta(seconds=rng.uniform(MINUTE, 15 * MINUTE))


def _sent(turn: Turn) -> Deed:
    """Nobody could be sent: the centre chooses, sooner where somebody waits inside."""
    return Deed(Step.DISPATCH, Role.OPERATIONS_CENTRE, None, turn.left_to_centre(8 if _grave(turn.case) else 15))


def _accepted(turn: Turn) -> Deed | None:
    if turn.case.unit_kind == Role.MAINTENANCE_UNIT and turn.rng.random() < NEVER_ANSWERS:
        return None
    waits = (5 * MINUTE, HOUR) if _can_wait(turn.case) else (0.5 * MINUTE, 2.6 * MINUTE)
    return turn.by_unit(Step.ACCEPT, turn.within(waits))


def _arrived(turn: Turn) -> Deed | None:
    """A maintenance unit drives there; a use unit is there, and sees to it."""
    case = turn.case
    if case.unit_kind == Role.USE_UNIT:
        return turn.by_unit(Step.COMPLETE, turn.within((HOUR, 5 * HOUR) if _can_wait(case) else (8 * MINUTE, 45 * MINUTE)))
    if case.kind == OrderKind.RESCUE and turn.rng.random() < LATE_RESCUES:
        return turn.by_unit(Step.SIGN_IN, max(case.since, case.opened_at + timedelta(seconds=turn.rng.uniform(26 * MINUTE, 44 * MINUTE))))
    there, whence = _point(case.lng, case.lat), _point(case.team_lng, case.team_lat)
    metres = metres_between(whence, there)
    seconds = turn.rng.uniform(*_SETTING_OUT) + (_USUAL_METRES if metres is None else metres) / _METRES_A_SECOND
    if case.kind == OrderKind.RESCUE:
        seconds = min(seconds, _RESCUERS_AT_MOST)
    return turn.by_unit(Step.SIGN_IN, case.since + timedelta(seconds=seconds / turn.speed))


def _finished(turn: Turn) -> Deed | None:
    """Let out, or mended, or nothing to be seen; of a rescue only the centre may say that it was for nothing."""
    rescue = turn.case.kind == OrderKind.RESCUE
    step = Step.FALSE_ALARM if turn.unfounded and not rescue else Step.COMPLETE
    return turn.by_unit(step, turn.within((3 * MINUTE, 8 * MINUTE) if rescue else (12 * MINUTE, 75 * MINUTE)))


def _confirmed(turn: Turn) -> Deed:
    """The use unit says so; what it leaves open the centre does, after the person at the screen had the time to."""
    case = turn.case
    if case.kind == OrderKind.BEHAVIOR:
        return Deed(Step.CONFIRM, Role.BUREAU, None, turn.within((0.5 * HOUR, 3 * HOUR)))
    in_vain = turn.unfounded and case.kind == OrderKind.RESCUE
    willing = turn.rng.random() < CONFIRMS_ITSELF and case.use_unit_id not in (None, case.completed_by_id)
    if willing and not in_vain:
        return Deed(Step.CONFIRM, Role.USE_UNIT, case.use_unit_id, turn.within((2 * MINUTE, 15 * MINUTE)))
    step = Step.FALSE_ALARM if in_vain else Step.CONFIRM
    return Deed(step, Role.OPERATIONS_CENTRE, None, turn.left_to_centre(30), turn.unfounded)


def _by_bureau(step: Step, span: Span) -> Callable[[Turn], Deed]:
    """A habit of the regulator: to take this step within such a time."""

    def habit(turn: Turn) -> Deed:
        return Deed(step, Role.BUREAU, None, turn.within(span))

    return habit


def _verified(turn: Turn) -> Deed:
    """Who could mend it is looked for first: a case without one is not taken on."""
    nobody = turn.case.unit_id is None and turn.case.use_unit_id is None
    return Deed(Step.REJECT if nobody else Step.ORDER, Role.BUREAU, None, turn.within((0.5 * HOUR, 4 * HOUR)))


def _rectified(turn: Turn) -> Deed | None:
    """The unit mends what it was told to, and then the bureau looks."""
    if turn.case.step == Step.RECTIFY:
        return Deed(Step.RECHECK, Role.BUREAU, None, turn.within((2 * HOUR, 20 * HOUR)))
    return turn.by_unit(Step.RECTIFY, turn.within((3 * HOUR, 40 * HOUR)))


def _nobody(turn: Turn) -> None:
    """What has ended needs nobody."""


HABITS: Final[Mapping[OrderStatus, Callable[[Turn], Deed | None]]] = {
    OrderStatus.REPORTED: _sent,
    OrderStatus.CREATED: _accepted,
    OrderStatus.ACCEPTED: _arrived,
    OrderStatus.ON_SITE: _finished,
    OrderStatus.COMPLETED: _confirmed,
    OrderStatus.RECEIVED: _by_bureau(Step.VERIFY, (0.3 * HOUR, 3 * HOUR)),
    OrderStatus.VERIFIED: _verified,
    OrderStatus.ORDERED: _rectified,
    OrderStatus.RECHECKED: _by_bureau(Step.CLOSE, (0.2 * HOUR, 2 * HOUR)),
    **dict.fromkeys(
        (OrderStatus.CONFIRMED, OrderStatus.FALSE_ALARM, OrderStatus.ACCIDENT, OrderStatus.CLOSED, OrderStatus.REJECTED), _nobody
    ),
}
"""What follows from where an order stands."""


def _grave(case: Waiting) -> bool:
    return case.urgent or case.level not in (None, ResponseLevel.MINOR_FAULT.value)


def _can_wait(case: Waiting) -> bool:
    """Uncivil behaviour is gathered over the day, so nobody runs for it."""
    return case.kind == OrderKind.BEHAVIOR and not case.urgent


def _point(lng: float | None, lat: float | None) -> Point | None:
    return None if lng is None or lat is None else Point(lng, lat)
