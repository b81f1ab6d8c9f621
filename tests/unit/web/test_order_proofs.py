"""What a browser may say about steps with work orders."""

from __future__ import annotations

import base64

import pytest

from domain.response import ResponseLevel
from domain.work_orders import Proof, Step
from web.order_proofs import LARGEST, LONGEST, MOST_ACTS, Act, acts_of, finished_of, proof_of


def test_a_step_is_read_with_its_proof():
    sent = {"acts": [{"order": 7, "step": "sign_in", "seen": 3, "proof": {"scan": " 3110 ", "position": [121.4, 31.2], "note": "到场"}}]}

    assert acts_of(sent) == [Act(7, Step.SIGN_IN, 3, Proof(scan="3110", position=(121.4, 31.2), note="到场"))]


@pytest.mark.parametrize(
    "sent", [None, 7, "acts", [], {}, {"acts": None}, {"acts": "accept"}, {"acts": b"x"}, {"acts": [None, "x", 3]}, {"acts": {"order": 1}}]
)
def test_nonsense_is_no_step(sent: object):
    assert acts_of(sent) == []


@pytest.mark.parametrize("order", [0, -1, True, 1.5, "x", None, LARGEST + 1, "9" * 30, {"id": 1}])
def test_a_number_of_no_order_is_none(order: object):
    [act] = acts_of({"acts": [{"order": order, "step": "accept", "seen": order}]})

    assert (act.order, act.seen) == (0, None)


def test_an_unknown_step_is_none_of_ours():
    assert [act.step for act in acts_of({"acts": [{"order": 1, "step": step} for step in ("open", "", None, 4, "ACCEPT")]})] == [None] * 5


def test_no_request_takes_more_steps_than_may_be_taken_at_once():
    assert len(acts_of({"acts": [{"order": 1, "step": "note"}] * (MOST_ACTS + 1)})) == MOST_ACTS


@pytest.mark.parametrize(
    "position",
    [None, [], [1], [1, 2, 3], "12", [181, 0], [0, 91], [float("nan"), 0], [float("inf"), 0], ["1", "2"], [True, False], {"lng": 1}],
)
def test_what_is_nowhere_on_the_globe_is_no_position(position: object):
    assert proof_of({"position": position}, Step.SIGN_IN).position is None


@pytest.mark.parametrize(("said", "unit", "team"), [("3", 3, None), ("3/7", 3, 7), (3, 3, None), ("/7", None, 7), ("x/y", None, None)])
def test_a_team_is_chosen_with_its_unit(said: object, unit: int | None, team: int | None):
    proof = proof_of({"unit": said}, Step.DISPATCH)

    assert (proof.unit, proof.team) == (unit, team)


def test_a_choice_that_the_step_does_not_ask_for_leaves_no_trace():
    sent = {"unit": "3/7", "assignee": 4, "master": 5, "level": "emergency", "rating": 5, "note": "属实"}

    assert proof_of(sent, Step.CONFIRM) == Proof(note="属实")
    assert proof_of(sent, Step.ESCALATE).level is ResponseLevel.EMERGENCY
    assert proof_of(sent, Step.RATE).rating == 5
    assert proof_of(sent, None) == Proof(note="属实")


def test_texts_are_short_and_can_be_stored():
    proof = proof_of({"note": "\0 长" + "字" * LONGEST, "reason": ["x"], "weighed": [{"team": 1}], "photos": ["x"]}, Step.NOTE)

    assert (len(proof.note), proof.note[:1], proof.reason, proof.weighed, proof.photos) == (LONGEST, "长", "", (), ())


def test_tasks_are_finished_with_what_was_said_of_them():
    sent = {"tasks": [{"task": 7, "note": " 已破拆 "}, {"task": "8"}, {"task": -1}, {"task": True}, 9, None]}

    assert finished_of(sent) == [(7, "已破拆"), (8, "")]


@pytest.mark.parametrize("sent", [None, [], {}, {"tasks": None}, {"tasks": {"task": 1}}, {"tasks": "7"}])
def test_nonsense_finishes_nothing(sent: object):
    assert finished_of(sent) == []


def test_photos_come_with_one_step_and_what_is_no_file_is_empty():
    photos = [base64.b64encode(b"jpeg").decode(), "no base64", None, 3, "AAAA"]
    one = {"order": 1, "step": "note", "proof": {"photos": photos}}

    assert acts_of({"acts": [one]})[0].photos == (b"jpeg", b"", b"", b"")  # three are the most, and the fourth says that they are too many
    assert [act.photos for act in acts_of({"acts": [one, one]})] == [(), ()]
    assert acts_of({"acts": [{"order": 1, "step": "note", "proof": {"photos": "AAAA"}}]})[0].photos == ()
