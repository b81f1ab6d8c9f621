"""A log line is one JSON object: an event word and its fields."""

from __future__ import annotations

import json
import logging

from logs import JsonLines


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
