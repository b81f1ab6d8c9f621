"""Topics of the contract are read; everything else is a bad topic, not an error."""

from __future__ import annotations

import pytest

from domain.errors import BadPayload
from domain.telemetry import Reject
from ingest.topics import Channel, Topic, overlap, read, urgent, vendor_of

GOOD = {
    "pt/v1/xzl/elevator/310/state": Topic("xzl", Channel.STATE, "elevator", "310"),
    "pt/v1/xzl/elevator/310/event": Topic("xzl", Channel.EVENT, "elevator", "310"),
    "pt/v1/ckt/forklift/5110/statistics": Topic("ckt", Channel.STATISTICS, "forklift", "5110"),
    "pt/v1/xzl/elevator/91310000MA1K-7788/state": Topic("xzl", Channel.STATE, "elevator", "91310000MA1K-7788"),
    "pt/v1/xzl/elevator/batch": Topic("xzl", Channel.BATCH, "elevator"),
    "pt/v1/xzl/online": Topic("xzl", Channel.ONLINE),
    "pt/v1/xzl/elevator/310/online": Topic("xzl", Channel.ONLINE, "elevator", "310"),
    "pt/v1/xzl/elevator/310/command/ack": Topic("xzl", Channel.COMMAND_ACK, "elevator", "310"),
}
BAD = (
    "",
    "pt",
    "pt/v1",
    "pt/v1/xzl",
    "pt/v2/xzl/online",
    "pt/v1//online",
    "pt/v1/xzl/elevator/310",
    "pt/v1/xzl/elevator//state",
    "pt/v1/xzl//310/state",
    "pt/v1/xzl/elevator/310/stat",
    "pt/v1/xzl/elevator/310/state/more",
    "xx/v1/xzl/elevator/310/state",
)


@pytest.mark.parametrize(("text", "topic"), GOOD.items(), ids=GOOD.keys())
def test_a_topic_of_the_contract_is_taken_apart(text: str, topic: Topic) -> None:
    assert read(text) == topic


@pytest.mark.parametrize("text", BAD)
def test_any_other_topic_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(BadPayload) as refused:
        read(text)

    assert refused.value.data["reason"] is Reject.BAD_TOPIC


@pytest.mark.parametrize(("text", "vendor"), [("pt/v1/xzl/what/ever", "xzl"), ("pt/v1", ""), ("", "")])
def test_the_vendor_of_a_wrong_topic_is_still_named(text: str, vendor: str) -> None:
    assert vendor_of(text) == vendor


@pytest.mark.parametrize(
    ("wanted", "events"),
    [
        ("pt/v1/#", ("pt/v1/+/+/+/event", "pt/v1/+/API/V1/Up/LiftFault")),
        ("pt/v1/xzl/#", ("pt/v1/xzl/+/+/event", "pt/v1/xzl/API/V1/Up/LiftFault")),
        ("pt/v1/xzl/elevator/#", ("pt/v1/xzl/elevator/+/event",)),
        ("pt/v1/xzl/elevator/310/#", ()),
        ("pt/v1/+/elevator/310/state", ()),
    ],
)
def test_events_have_filters_of_their_own(wanted: str, events: tuple[str, ...]) -> None:
    assert urgent(wanted) == events


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("pt/v1/#", "pt/v1/#", True),
        ("pt/v1/#", "pt/v1/xzl/#", True),
        ("pt/v1/xzl/#", "pt/v1/htk/#", False),
        ("pt/v1/xzl/elevator/#", "pt/v1/+/forklift/#", False),
        ("pt/v1/xzl/elevator/#", "pt/v1/+/elevator/+/state", True),
        ("pt/v1/xzl", "pt/v1/xzl/#", True),
        ("pt/v1/xzl", "pt/v1/xzl/elevator", False),
        ("pt/v1/+/online", "pt/v1/xzl/online", True),
    ],
)
def test_filters_that_can_name_the_same_topic(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet
    assert overlap(other, one) is meet
