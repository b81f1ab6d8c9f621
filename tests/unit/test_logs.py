"""A log line is one JSON object: an event word and its fields."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from logs import STORM_LINES, STORM_SECONDS, JsonLines, Outage, Sparing


def test_a_line_carries_the_event_and_what_extra_gave() -> None:
    record = logging.makeLogRecord({"name": "ingest.worker", "levelname": "WARNING", "msg": "database_lost", "created": 0})
    record.worker, record.event = "ingest-0", "extra never replaces the event"

    line = json.loads(JsonLines().format(record))

    assert line == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "level": "warning",
        "event": "database_lost",
        "logger": "ingest.worker",
        "worker": "ingest-0",
    }


def test_an_exception_stays_on_its_line() -> None:
    try:
        raise ValueError("困")
    except ValueError as fault:
        record = logging.makeLogRecord({"msg": "decode_failed", "exc_info": (type(fault), fault, fault.__traceback__)})

    text = JsonLines().format(record)

    assert "\n" not in text
    assert json.loads(text)["exception"].endswith("ValueError: 困")


class Desk:
    """A handler and what it has written."""

    def __init__(self) -> None:
        self.paper = io.StringIO()
        self.handler = Sparing(self.paper)
        self.handler.setFormatter(JsonLines())

    def say(self, event: str, at: float, *, level: int = logging.ERROR, fault: Exception | None = None) -> None:
        known = {"name": "ingest.decode", "msg": event, "levelno": level, "levelname": logging.getLevelName(level), "created": at}
        self.handler.emit(logging.makeLogRecord({**known, "exc_info": (type(fault), fault, None) if fault else None}))

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.paper.getvalue().splitlines()]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.handler.close()


def test_of_a_storm_the_first_lines_are_written_and_the_others_counted(desk: Desk) -> None:
    for n in range(100_000):
        desk.say("decode_failed", 1000 + n / 10_000)
    desk.say("worker_ready", 1000 + STORM_SECONDS, level=logging.INFO)

    written = desk.lines()
    assert [line["event"] for line in written] == ["decode_failed"] * (STORM_LINES + 1) + ["worker_ready"]
    assert (written[-2]["held_back"], written[-2]["level"]) == (100_000 - STORM_LINES, "error")


def test_a_new_minute_is_heard_again(desk: Desk) -> None:
    for minute in range(3):
        desk.say("decode_failed", 1000 + minute * STORM_SECONDS)

    assert [line["event"] for line in desk.lines()] == ["decode_failed"] * 3


def test_another_fault_of_the_same_event_is_heard(desk: Desk) -> None:
    for n in range(20):
        desk.say("request_failed", 1000 + n, fault=KeyError("a"))
    desk.say("request_failed", 1021, fault=ValueError("b"))

    assert desk.lines()[-1]["exception"] == "ValueError: b"


def test_what_is_no_warning_is_always_written(desk: Desk) -> None:
    for _ in range(50):
        desk.say("alarm_raised", 1000, level=logging.INFO)

    assert len(desk.lines()) == 50


def test_what_was_held_back_is_told_at_the_end(desk: Desk) -> None:
    for _ in range(STORM_LINES + 3):
        desk.say("decode_failed", 1000)

    desk.handler.close()

    assert desk.lines()[-1]["held_back"] == 3


def test_an_outage_is_two_lines_however_long_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    moments = iter([100.0, 760.5])
    outage = Outage(logging.getLogger("ingest.worker"), "database", clock=lambda: next(moments), worker="ingest-0")

    outage.over()
    for _ in range(500):
        outage.lost(ConnectionError("refused"))
    outage.over()
    outage.over()

    assert [record.getMessage() for record in caplog.records] == ["database_lost", "database_back"]
    assert caplog.records[0].cause == "ConnectionError('refused')"
    assert (caplog.records[1].seconds, caplog.records[1].worker) == (660.5, "ingest-0")
