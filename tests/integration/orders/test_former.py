"""A unit whose order somebody took away: it hears who did, sees what it did itself, and nothing of what came after."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from callbacks import order_figures
from callbacks.work_orders import why
from components.panels import work_order
from domain.errors import Conflict, NotFound
from domain.order_words import OrderKind, Step
from domain.scope import Role
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER
from tests.order_town import AT, LIFT, Town

CENTRE, MAINTENANCE = Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT


def taken_away(town: Town) -> int:
    """A rescue that was another unit's for a while; it is back with the unit of its lift."""
    order = town.open(machine=LIFT)
    town.step(CENTRE, order.id, Step.TRANSFER, unit=OTHER_MAINTAINER, reason="就近")
    town.step(OTHER_MAINTAINER, order.id, Step.ACCEPT)
    town.step(OTHER_MAINTAINER, order.id, Step.NOTE, note="堵在高架上")
    town.step(CENTRE, order.id, Step.TRANSFER, unit=MAINTAINER, reason="原单位已到场")
    town.step(MAINTENANCE, order.id, Step.NOTE, note="现场只有我们")
    return int(order.id)


def page(town: Town, who: Role | int, order: int) -> dict[str, Any]:
    """The drawing of its page as somebody gets it."""
    with town.store.reading() as tx:
        rows = order_figures.order(town.actors[who].scope, tx, order=str(order), at=AT)
    leaves: dict[str, Any] = work_order.update(rows and orjson.loads(orjson.dumps(rows)), at=AT)
    return leaves


def test_who_acts_on_what_was_taken_from_him_hears_who_took_it(town: Town):
    order = taken_away(town)

    with pytest.raises(Conflict) as conflict:
        town.step(OTHER_MAINTAINER, order, Step.SIGN_IN, scan="x", position=(121.4, 31.2), seen=3)

    said = why(conflict.value)
    assert town.actors[CENTRE].name in said
    assert "转派" in said


def test_a_former_unit_reads_its_own_time_with_the_order_and_nothing_after_it(town: Town):
    drawn = page(town, OTHER_MAINTAINER, taken_away(town))
    said = json.dumps(drawn["former"], ensure_ascii=False)

    assert drawn["found"] == {"attrs": {"found": "former"}}
    assert "steps" not in drawn
    assert all(words in said for words in ("堵在高架上", "原单位已到场", "转派", "不再由贵单位承办"))
    assert not any(words in said for words in ("现场只有我们", "江宁", "weighed"))


@pytest.mark.parametrize("who", [OTHER_USER])
def test_an_order_that_a_unit_never_had_is_none(town: Town, who: int):
    order = taken_away(town)

    with pytest.raises(NotFound):
        town.step(who, order, Step.NOTE, note="?")
    assert page(town, who, order)["found"] == {"attrs": {"found": "no"}}


def test_who_has_the_order_again_is_no_former_unit(town: Town):
    order = taken_away(town)
    town.step(CENTRE, order, Step.TRANSFER, unit=OTHER_MAINTAINER, reason="再次增援")

    assert page(town, OTHER_MAINTAINER, order)["found"] == {"attrs": {"found": "yes"}}


def test_a_unit_that_was_ordered_without_being_named_is_a_former_one_after_a_transfer(town: Town):
    order = town.open(OrderKind.SUPERVISION, machine=LIFT, unit_id=OTHER_MAINTAINER).id
    town.step(Role.BUREAU, order, Step.VERIFY, note="属实")
    town.step(Role.BUREAU, order, Step.ORDER, note="限期整改")
    town.step(Role.BUREAU, order, Step.TRANSFER, unit=MAINTAINER, reason="合同已换")

    drawn = page(town, OTHER_MAINTAINER, order)

    assert drawn["found"] == {"attrs": {"found": "former"}}
    assert "合同已换" in json.dumps(drawn["former"], ensure_ascii=False)
    with pytest.raises(Conflict):
        town.step(OTHER_MAINTAINER, order, Step.RECTIFY, note="已整改")
