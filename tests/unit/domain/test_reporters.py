"""What whoever reported something hears, and which numbers can be sent a message."""

from __future__ import annotations

import pytest

from domain.notices import Matter, notices
from domain.order_words import OrderKind, Step
from domain.reporters import RECEIVED, TEMPLATES, TOLD, WITH_LINK, mobile
from domain.response import ResponseLevel
from locales import LANGUAGES, catalogue


def heard(lines, kind: OrderKind) -> list[tuple[str, str, bool]]:
    subject = Matter(kind=kind, level=ResponseLevel.ENTRAPMENT if kind is OrderKind.RESCUE else None, use_unit=1, unit=2, reporters=(7, 8))
    return [(notice.recipient, notice.template, notice.urgent) for notice in notices(lines, subject)]


def test_everybody_who_reported_is_told_and_only_people_inside_are_told_at_night() -> None:
    assert heard(RECEIVED, OrderKind.RESCUE) == [("reporter:7", "reporter_received", True), ("reporter:8", "reporter_received", True)]
    assert heard(RECEIVED, OrderKind.FEEDBACK) == [("reporter:7", "reporter_received", False), ("reporter:8", "reporter_received", False)]


@pytest.mark.parametrize(
    ("step", "kind", "template"),
    [
        (Step.ACCEPT, OrderKind.RESCUE, "reporter_under_way"),
        (Step.ACCEPT, OrderKind.REPAIR, None),
        (Step.COMPLETE, OrderKind.REPAIR, "reporter_completed"),
        (Step.CONFIRM, OrderKind.REPAIR, "reporter_confirmed"),
        (Step.CLOSE, OrderKind.FEEDBACK, "reporter_closed"),
        (Step.REJECT, OrderKind.FEEDBACK, "reporter_rejected"),
        (Step.FALSE_ALARM, OrderKind.RESCUE, "reporter_false_alarm"),
        (Step.SUSPEND, OrderKind.REPAIR, None),
    ],
)
def test_what_a_step_is_to_somebody_outside(step: Step, kind: OrderKind, template: str | None) -> None:
    assert [each for _, each, _ in heard(TOLD.get(step, ()), kind)] == ([template] * 2 if template else [])


def test_an_order_that_nobody_can_be_reached_about_tells_nobody() -> None:
    assert notices(RECEIVED, Matter(kind=OrderKind.RESCUE)) == ()


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_message_has_its_words_and_only_results_ask_for_a_rating(name: str) -> None:
    words = catalogue(name)

    assert {template for template in TEMPLATES if "{ask}" in words[f"notice.{template}"]} == WITH_LINK
    assert {f"notice_about.{template}" for template in TEMPLATES} <= set(words)


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("13800002046", "13800002046"),
        ("+86 138-0000-2046", "13800002046"),
        ("021-55501234", None),
        ("12800002046", None),
        ("1380000204", None),
        ("138000020461", None),
        ("", None),
        ("短号 6001", None),
    ],
)
def test_a_message_goes_to_mobiles_alone(phone: str, number: str | None) -> None:
    assert mobile(phone) == number
