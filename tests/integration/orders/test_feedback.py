"""What citizens say becomes one order at the bureau, whoever takes it in and however often the sheet is sent."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from domain.feedback import FeedbackKind, FeedbackOrigin
from domain.order_words import OrderKind, Step
from domain.scope import Role
from services import feedback
from services.feedback import Feedback
from tests.order_law import USER
from tests.order_town import AT, CODES, LIFT, OTHERS_LIFT, Town

SHEET = Feedback(form=uuid4(), kind=FeedbackKind.COMPLAINT, origin=FeedbackOrigin.HOTLINE, words="电梯经常抖动", code=CODES[LIFT])
RATED = {FeedbackKind.RATING: 2}


def another(**changes: object) -> Feedback:
    """Another sheet."""
    return replace(SHEET, form=uuid4(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FeedbackKind, ids=str)
def test_each_kind_is_an_order_of_feedback_that_the_bureau_can_work_on(town: Town, kind: FeedbackKind) -> None:
    taken = feedback.receive(
        town.actors[Role.OPERATIONS_CENTRE],
        town.store,
        another(kind=kind, reporter="王女士", phone="55501234", stars=RATED.get(kind)),
        at=AT,
    )

    assert taken.order_id is not None
    town.step(Role.BUREAU, taken.order_id, Step.VERIFY, note="属实")
    order = town.order(taken.order_id)
    assert (order.kind, order.cause, order.status, order.unit_id) == ("feedback", kind.value, "verified", USER)
    [source] = town.sql("SELECT channel, source, reporter, words FROM incident_sources WHERE work_order_id = %s", taken.order_id)
    assert tuple(source) == ("passive", "12345", "王女士", "电梯经常抖动")


def test_a_sheet_sent_twice_is_one_order(town: Town) -> None:
    sheet = another()
    feedback.receive(town.actors[Role.BUREAU], town.store, sheet, at=AT)

    with pytest.raises(Conflict):
        feedback.receive(town.actors[Role.BUREAU], town.store, sheet, at=AT)

    assert [tuple(row) for row in town.sql("SELECT count(*) FROM work_orders WHERE cause_key = %s", f"feedback:{sheet.form}")] == [(1,)]


def test_what_is_about_no_machine_is_the_districts(town: Town) -> None:
    taken = feedback.receive(town.actors[Role.BUREAU], town.store, another(code=""), at=AT)

    assert taken.order_id is not None
    assert town.order(taken.order_id).equipment_id is None


@pytest.mark.parametrize(("stars", "opens"), [(1, True), (2, True), (3, False), (5, False)], ids=str)
def test_only_a_poor_rating_is_an_order_and_every_rating_is_kept_once(town: Town, stars: int, opens: bool) -> None:
    sheet = another(kind=FeedbackKind.RATING, stars=stars, words="" if stars == 5 else "一般", reporter="王女士", phone="13800002046")
    taken = feedback.receive(town.actors[Role.BUREAU], town.store, sheet, at=AT)

    with pytest.raises(Conflict):
        feedback.receive(town.actors[Role.BUREAU], town.store, sheet, at=AT)

    assert (taken.order_id is not None, bool(taken.number)) == (opens, opens)
    key = f"feedback:{sheet.form}"
    found = town.sql("SELECT stars, equipment_id, work_order_id, origin FROM citizen_ratings WHERE key = %s", key)
    assert [tuple(row) for row in found] == [(stars, LIFT, None, "12345")]
    assert [row.detail for row in town.sql("SELECT detail FROM work_orders WHERE cause_key = %s", key)] == (
        [{"facts": {"rating": stars}}] if opens else []
    )


def test_a_complaint_that_was_settled_is_rated_by_who_made_it_or_called_and_by_no_unit(town: Town) -> None:
    order = town.open(OrderKind.FEEDBACK, unit_id=USER).id
    town.sql("UPDATE work_orders SET status = 'closed', closed_at = %s WHERE id = %s", AT, order)

    for unit in (Role.USE_UNIT, Role.MAINTENANCE_UNIT):
        with pytest.raises(Refused):
            town.step(unit, order, Step.RATE, rating=5)
    with pytest.raises(Refused):
        town.step(Role.BUREAU, order, Step.RATE, rating=4)
    town.step(Role.BUREAU, order, Step.RATE, rating=4, note="11 月 20 日 15:10 电话回访")

    assert town.order(order).rating == 4


@pytest.mark.parametrize(
    ("who", "changes", "refusal"),
    [
        pytest.param(Role.USE_UNIT, {}, NotPermitted, id="a unit about itself"),
        pytest.param(Role.WALL, {}, NotPermitted, id="a wall"),
        pytest.param(Role.STREET, {"code": CODES[OTHERS_LIFT]}, NotFound, id="another street's lift"),
        pytest.param(Role.STREET, {"code": ""}, Invalid, id="a street without a machine"),
        pytest.param(Role.BUREAU, {"words": "  "}, Invalid, id="nothing said"),
        pytest.param(Role.BUREAU, {"kind": FeedbackKind.RATING}, Invalid, id="a rating without stars"),
        pytest.param(Role.BUREAU, {"kind": FeedbackKind.RATING, "stars": 6}, Invalid, id="six stars"),
        pytest.param(Role.BUREAU, {"stars": 1}, Invalid, id="a complaint with stars"),
        pytest.param(Role.BUREAU, {"words": "长" * 501}, Invalid, id="too much said"),
    ],
)
def test_what_cannot_be_taken_in_is_refused(town: Town, who: Role, changes: dict[str, object], refusal: type[Exception]) -> None:
    sheet = another(**changes)

    with pytest.raises(refusal):
        feedback.receive(town.actors[who], town.store, sheet, at=AT)

    assert town.sql("SELECT 1 FROM work_orders WHERE cause_key = %s", f"feedback:{sheet.form}") == []
