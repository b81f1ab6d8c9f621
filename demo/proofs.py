"""What the demonstration's people bring to a step: words, the code they read, where they stand, whom the centre sends. Marked 演示."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.queries import teams
from data_access.repositories.demo_orders import Waiting
from demo import upkeep
from demo.habits import Deed, rating
from domain.dispatch import Against
from domain.scope import ALL, Scope
from domain.work_orders import OrderKind, Proof, Step

MARK: Final = "演示"
STANDS_WITHIN: Final = 40.0  # metres of the machine
_DEGREES_A_METRE: Final = 1 / 111_000  # of latitude
_HOLDS_NOBODY: Final = frozenset({Against.NO_CONTRACT.value, Against.TRIED.value})
_VISITED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})


@dataclass(frozen=True, slots=True)
class Scene:
    """Somebody is about to take a step with an order."""

    store: Store
    case: Waiting
    deed: Deed
    seed: int
    at: datetime


def proof_of(scene: Scene) -> Proof | None:
    """What is brought; None: the step cannot be taken now. Making good what an order is about is done on the way."""
    return _PROOFS[scene.deed.step](scene)


def _noted(scene: Scene) -> Proof:
    case, step = scene.case, scene.deed.step
    vain = _IN_VAIN.get(step) if scene.deed.unfounded and case.kind in _VISITED else None
    return Proof(note=f"{MARK}：{vain or _WORDS[step]}")


def _rejected(scene: Scene) -> Proof:
    return Proof(reason=f"{MARK}：无责任单位，不予受理", note=MARK)


def _signed_in(scene: Scene) -> Proof:
    """The code read on the spot, from some metres away."""
    case = scene.case
    rng = random.Random(f"{scene.seed}/{case.id}/{case.turn}/place")
    north, east = (rng.uniform(-0.7, 0.7) * STANDS_WITHIN * _DEGREES_A_METRE for _ in range(2))
    stands = (round((case.lng or 0.0) + east, 6), round((case.lat or 0.0) + north, 6))
    return Proof(scan=case.code or "", position=stands, note=MARK)


def _sent(scene: Scene) -> Proof | None:
    """A use unit for what is its own matter, else the nearest team that may go, whoever's it is; None: there is nobody."""
    case = scene.case
    if case.kind in (OrderKind.BEHAVIOR, OrderKind.ANOMALY) and case.use_unit_id is not None:
        return Proof(unit=case.use_unit_id, reason=f"{MARK}：中心转交使用单位处理")
    with scene.store.reading() as tx:
        found = teams.candidates(Scope(scene.deed.role, ALL, None, ALL), tx, order_id=case.id, at=scene.at)
    one = next(filter(_may_go, found), None)
    if one is None:
        return None
    return Proof(unit=int(str(one["unit"])), team=int(str(one["team"])), reason=f"{MARK}：无人接单，中心就近指派")


def _mended(scene: Scene) -> Proof:
    """What was missing is made good in the register, and then reported."""
    if scene.case.equipment_id is not None:
        upkeep.mend(scene.store, scene.case.cause, scene.case.equipment_id, at=scene.at)
    return _noted(scene)


def _rated(scene: Scene) -> Proof | None:
    said = rating(scene.case, seed=scene.seed)
    return said and Proof(rating=said[0], note=MARK)


def _may_go(one: Mapping[str, object]) -> bool:
    """Whether the centre sends this team: a missing contract, or that it gave the order back before, does not hold it."""
    against = one["against"]
    return isinstance(against, list) and set(against) <= _HOLDS_NOBODY


_WORDS: Final[Mapping[Step, str]] = {
    Step.ACCEPT: "已接单",
    Step.COMPLETE: "现场已处置完毕，设备恢复正常",
    Step.CONFIRM: "情况属实，处置结果已确认",
    Step.FALSE_ALARM: "现场检查未见异常，设备运行正常",
    Step.VERIFY: "经核查，情况属实",
    Step.ORDER: "责令限期整改",
    Step.RECTIFY: "已按要求完成整改",
    Step.RECHECK: "复查通过",
    Step.CLOSE: "整改到位，予以销号",
}
_IN_VAIN: Final[Mapping[Step, str]] = {Step.COMPLETE: "到场未见被困人员或故障，请中心核实是否误报"}
_PROOFS: Final[Mapping[Step, Callable[[Scene], Proof | None]]] = {
    **dict.fromkeys(_WORDS, _noted),
    Step.REJECT: _rejected,
    Step.SIGN_IN: _signed_in,
    Step.DISPATCH: _sent,
    Step.RECTIFY: _mended,
    Step.RATE: _rated,
}
