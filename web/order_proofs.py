"""What a browser says about steps with work orders, read with suspicion: numbers are numbers, words of ours are ours, texts are short."""

from __future__ import annotations

import math
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.response import ResponseLevel
from domain.work_orders import TABLES, WELCOME, Need, Proof, Step
from services.photos import MOST as MOST_PHOTOS

MOST_ACTS: Final = 100  # of one request
LONGEST: Final = 500  # characters of a note or a reason
LONGEST_SCAN: Final = 200
LARGEST: Final = 2**63 - 1
CHOSEN: Final = frozenset({Need.UNIT, Need.ASSIGNEE, Need.MASTER, Need.LEVEL, Need.RATING})
WANTED: Final[Mapping[Step, frozenset[Need]]] = {
    step: frozenset(need for table in TABLES.values() for rule in table if rule.step is step for need in rule.needs)
    | WELCOME.get(step, frozenset())
    for step in Step
}
"""What a step asks for or may bring. A choice that it does not ask for would stand in the log as if it meant something."""


@dataclass(frozen=True, slots=True)
class Act:
    """One step somebody wants to take; `seen` is the newest event he knew of. `order` 0 is no order, `step` None none of ours.

    `photos` are files as they were sent, empty for what is none: whoever reads them says so.
    """

    order: int
    step: Step | None
    seen: int | None
    proof: Proof
    photos: tuple[bytes, ...] = ()


def acts_of(sent: object) -> list[Act]:
    """The steps of one request; nothing for nonsense, and no more than MOST_ACTS. A photo proves one step, never many."""
    acts = sent.get("acts") if isinstance(sent, Mapping) else None
    if not isinstance(acts, Sequence) or isinstance(acts, str | bytes):
        return []
    together = [_act(act) for act in acts[:MOST_ACTS] if isinstance(act, Mapping)]
    return together if len(together) > 1 else [replace(act, photos=_photos(acts[0].get("proof"))) for act in together]


def finished_of(sent: object) -> list[tuple[int, str]]:
    """The tasks of the plan that one request says are done, each with what was said of it; nothing for nonsense."""
    told = sent.get("tasks") if isinstance(sent, Mapping) else None
    tasks = [each for each in told[:MOST_ACTS] if isinstance(each, Mapping)] if isinstance(told, list) else []
    return [(number, _text(each, "note")) for each in tasks if (number := _number(each.get("task"))) is not None]


def proof_of(sent: object, step: Step | None) -> Proof:
    """The proof of one step, the scan as it was read. What was weighed, and the names of stored photos, never come from a browser."""
    told = sent if isinstance(sent, Mapping) else {}
    idle = {need.value for need in CHOSEN} - (WANTED[step] if step else set())
    said = {name: value for name, value in told.items() if name not in idle}
    unit, _, team = str(said.get("unit") or "").partition("/")
    return Proof(
        scan=_text(said, "scan", LONGEST_SCAN),
        position=_position(said.get("position")),
        note=_text(said, "note"),
        reason=_text(said, "reason"),
        unit=_number(unit),
        team=_number(team),
        assignee=_number(said.get("assignee")),
        master=_number(said.get("master")),
        level=next((level for level in ResponseLevel if level.value == said.get("level")), None),
        rating=_number(said.get("rating")),
    )


def _act(act: Mapping[str, Any]) -> Act:
    step = next((step for step in Step if step.value == act.get("step")), None)
    return Act(_number(act.get("order")) or 0, step, _number(act.get("seen")), proof_of(act.get("proof"), step))


def _photos(sent: object) -> tuple[bytes, ...]:
    """The files of a proof, of which one more than a step takes is enough to say that they are too many."""
    told = sent.get("photos") if isinstance(sent, Mapping) else None
    return tuple(map(_file, told[: MOST_PHOTOS + 1])) if isinstance(told, list) else ()


def _file(told: object) -> bytes:
    try:
        return b64decode(told, validate=True) if isinstance(told, str) else b""
    except (NotBase64, ValueError):
        return b""


def _text(said: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    value = said.get(name)
    return value.replace("\0", "").strip()[:longest] if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST else None


def _position(value: object) -> tuple[float, float] | None:
    """(lng, lat) in degrees; None for what is nowhere on the globe."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != 2:
        return None
    lng, lat = value
    if not all(isinstance(each, int | float) and not isinstance(each, bool) and math.isfinite(each) for each in value):
        return None
    return (float(lng), float(lat)) if abs(lng) <= 180 and abs(lat) <= 90 else None
