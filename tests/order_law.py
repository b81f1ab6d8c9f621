"""The law of work orders written a second time, as the regulation would have it, and everything a test needs to try it.

A line is a status; each entry is a step, who may take it, and where it leads (nothing: the status stays).
C centre, B bureau, O office, S street, U use unit, M maintenance unit, I inspection body, H housing, E emergency, F fire,
* the system, R whoever reported it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from domain.order_words import REPORTER, SYSTEM, EndReason, Hand, Order, OrderKind, OrderStatus, OurHand, Party, Proof, Step, SuspendReason
from domain.response import ResponseLevel
from domain.scope import Role

LETTERS: Final[dict[str, Hand]] = {
    "C": Role.OPERATIONS_CENTRE,
    "B": Role.BUREAU,
    "O": Role.OFFICE,
    "S": Role.STREET,
    "U": Role.USE_UNIT,
    "M": Role.MAINTENANCE_UNIT,
    "I": Role.INSPECTION_BODY,
    "H": Role.HOUSING,
    "E": Role.EMERGENCY,
    "F": Role.FIRE,
    "*": SYSTEM,
    "R": REPORTER,
}
ALL_SPEAK: Final = "CBOSUMIHEF*"
OPEN_RESCUE: Final = "merge C*; escalate CBE*; false_alarm C > false_alarm; accident CBE > accident; note ALL"

RESCUE: Final = f"""
reported: dispatch C* > created; assign C; {OPEN_RESCUE}
created: accept M > accepted; return M* > reported; transfer CB > created; assign CM; {OPEN_RESCUE}
accepted: sign_in M > on_site; return M > reported; transfer CB > created; assign CM; {OPEN_RESCUE}
on_site: complete M > completed; transfer CB > created; assign CM; {OPEN_RESCUE}
completed: confirm UC > confirmed; redo UC > accepted; false_alarm C > false_alarm; escalate CBE*; accident CBE > accident; rate R;
  note ALL
confirmed: rate UR; note ALL
false_alarm: note ALL
accident: note ALL
"""
REPAIR: Final = f"""
reported: dispatch C* > created; assign C; close * > confirmed; {OPEN_RESCUE}
created: accept M > accepted; return M* > reported; transfer CB > created; assign CM; close * > confirmed; {OPEN_RESCUE}
accepted: sign_in M > on_site; return M > reported; transfer CB > created; assign CM; suspend CM; resume CM; {OPEN_RESCUE}
on_site: complete M > completed; transfer CB > created; assign CM; suspend CM; resume CM;
  {OPEN_RESCUE.replace("false_alarm C", "false_alarm CM")}
completed: confirm UC > confirmed; redo UC > accepted; false_alarm C > false_alarm; escalate CBE*; accident CBE > accident; rate R;
  note ALL
confirmed: rate UR; note ALL
false_alarm: note ALL
accident: note ALL
"""
ANOMALY: Final = f"""
reported: dispatch C* > created; assign C; {OPEN_RESCUE}
created: accept UM > accepted; return UM* > reported; transfer CB > created; assign CUM; {OPEN_RESCUE}
accepted: sign_in M > on_site; complete U > completed; return UM > reported; transfer CB > created; assign CUM; suspend CUM; resume CUM;
  {OPEN_RESCUE}
on_site: complete M > completed; transfer CB > created; assign CM; suspend CM; resume CM;
  {OPEN_RESCUE.replace("false_alarm C", "false_alarm CM")}
completed: confirm UC > confirmed; redo UC > accepted; false_alarm C > false_alarm; escalate CBE*; accident CBE > accident; rate R;
  note ALL
confirmed: rate UR; note ALL
false_alarm: note ALL
accident: note ALL
"""
BEHAVIOR: Final = f"""
reported: dispatch C* > created; assign C; {OPEN_RESCUE}
created: accept U > accepted; return U > reported; transfer CB > created; assign CU; {OPEN_RESCUE}
accepted: complete U > completed; return U > reported; transfer CB > created; assign CU; {OPEN_RESCUE}
on_site: transfer CB > created; assign C; {OPEN_RESCUE}
completed: confirm CBO > confirmed; redo CBO > accepted; false_alarm C > false_alarm; escalate CBE*; accident CBE > accident; note ALL
confirmed: note ALL
false_alarm: note ALL
accident: note ALL
"""
SUPERVISION: Final = """
received: verify BO > verified; reject BO > rejected; close * > closed; assign BO; suspend BO; resume BO; merge BO*; name_unit *; note ALL
verified: order BO > ordered; reject BO > rejected; close * > closed; assign BO; suspend BO; resume BO; merge BO*; name_unit *; note ALL
ordered: rectify UM; transfer BO; recheck BO > rechecked; close * > closed; assign BO; suspend BO; resume BO; merge BO*; note ALL
rechecked: redo BO > ordered; close BO* > closed; assign BO; merge BO*; note ALL
closed: note ALL
rejected: note ALL
"""
FEEDBACK: Final = SUPERVISION.replace("closed: note ALL", "closed: rate CBOR; note ALL")
TEXTS: Final = {
    OrderKind.RESCUE: RESCUE,
    OrderKind.REPAIR: REPAIR,
    OrderKind.ANOMALY: ANOMALY,
    OrderKind.BEHAVIOR: BEHAVIOR,
    OrderKind.SUPERVISION: SUPERVISION,
    OrderKind.FEEDBACK: FEEDBACK,
}
HANDS: Final[tuple[Hand, ...]] = (*Role, *OurHand)

MAINTAINER, OTHER_MAINTAINER, USER, OTHER_USER = 11, 12, 21, 22
UNITS: Final = {Role.MAINTENANCE_UNIT: MAINTAINER, Role.USE_UNIT: USER}
OTHER_UNITS: Final = {Role.MAINTENANCE_UNIT: OTHER_MAINTAINER, Role.USE_UNIT: OTHER_USER}


@dataclass(frozen=True, slots=True)
class Triple:
    """Where an order stands, what somebody wants to do, and who; `to` is where the law leads, None: it refuses."""

    kind: OrderKind
    status: OrderStatus
    step: Step
    hand: Hand
    to: OrderStatus | None

    def __str__(self) -> str:
        return f"{self.kind}-{self.status}-{self.step}-{self.hand}"


def _read(text: str) -> dict[tuple[OrderStatus, Step], tuple[frozenset[Hand], OrderStatus]]:
    """(status, step) → who may, and the status afterwards."""
    found = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        word, _, entries = line.partition(":")
        status = OrderStatus(word.strip())
        for entry in entries.split(";"):
            said, _, to = entry.partition(">")
            step, letters = said.split()
            hands = frozenset(LETTERS[letter] for letter in (ALL_SPEAK if letters == "ALL" else letters))
            found[status, Step(step)] = (hands, OrderStatus(to.strip() or status))
    return found


LAW: Final = {kind: _read(text) for kind, text in TEXTS.items()}


def triples(kind: OrderKind) -> Iterator[Triple]:
    """Every (status, step, hand) of a kind, those that make no sense among them."""
    for status in OrderStatus:
        for step in Step:
            hands, to = LAW[kind].get((status, step), (frozenset(), None))
            for hand in HANDS:
                yield Triple(kind, status, step, hand, to if hand in hands else None)


def statuses(kind: OrderKind) -> list[OrderStatus]:
    """Where an order of the kind can stand at all."""
    return list(dict.fromkeys(status for status, _ in LAW[kind]))


def order_for(triple: Triple) -> Order:
    """An order that stands there, sent to the unit of whoever wants to act, so that nothing but the table can speak against him."""
    unit = USER if triple.hand is Role.USE_UNIT else MAINTAINER
    order = Order(triple.kind, triple.status, ResponseLevel.MINOR_FAULT, use_unit=USER, unit=unit)
    return replace(order, suspended=triple.step is Step.RESUME)


def party_of(hand: Hand, units: dict[Role, int] = UNITS) -> Party:
    """Somebody of that role, of his unit."""
    return Party(hand, units.get(hand) if isinstance(hand, Role) else None)


FULL: Final = Proof(
    scan="31101070052019000001",
    position=(121.4, 31.23),
    photos=("door.jpg",),
    note="已处理",
    reason=SuspendReason.PARTS.value,
    unit=OTHER_MAINTAINER,
    assignee=1,
    master=2,
    level=ResponseLevel.EMERGENCY,
    rating=5,
)
"""Everything that any step could ask for."""


def full(step: Step) -> Proof:
    """Everything that this step could ask for; what a step ends by itself has reasons of its own."""
    return replace(FULL, reason=EndReason.MONITOR_BACK.value) if step is Step.CLOSE else FULL
