"""What the ingest page and quarantine say about their rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from components.panels import ingest, ingest_refused, ingest_vendors, quarantine
from ingest.counters import Counters
from locales import t
from services.batches import Accepted
from services.stages import Stage

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


def worker(name: str = "ingest-0", *, age: float = 1, **gauges: float) -> dict[str, Any]:
    """A worker's mark after its way through JSON."""
    counters = Counters(AT - timedelta(seconds=10))
    counters.add(Accepted(messages=5000, stored=4000, events=20), AT)
    counters.stages.add(Stage.DECODE, 2.0, 4000)
    counters.waited([0.02] * 98 + [2.0] * 2)
    told = orjson.loads(orjson.dumps(counters.as_json(AT, waiting=3, **gauges)))
    return {"worker": name, "committed_at": (AT - timedelta(seconds=age)).isoformat(), "counters": told}


def words(drawing: Any) -> str:
    """Every text of a drawing."""
    if isinstance(drawing, dict):
        return " ".join([str(drawing.get("text", "")), *(words(value) for value in drawing.values() if isinstance(value, dict | list))])
    return " ".join(words(item) for item in drawing) if isinstance(drawing, list) else ""


@pytest.mark.parametrize(
    ("mark", "word"),
    [
        (worker(age=ingest.GONE_SECONDS), "working"),
        (worker(age=ingest.GONE_SECONDS + 1), "gone"),
        (worker(behind=1), "behind"),
        (worker(standby=1), "standby"),
        (worker(standby=1, age=60), "gone"),
    ],
    ids=["just in time", "too late", "working off a backlog", "standby", "standby that is gone"],
)
def test_a_worker_works_waits_or_is_gone(mark: dict[str, Any], word: str) -> None:
    assert ingest.condition(mark, AT) == word


def test_figures_are_those_of_the_workers_that_live() -> None:
    leaves = ingest.update({"workers": [worker(), worker("b"), worker("dead", age=99)], "refused": 7}, at=AT)

    tiles = {tile["key"]: words(tile) for tile in leaves["tiles"]["nodes"]}
    assert "1,000 /s" in tiles["messages"]
    assert "800 /s" in tiles["stored"]
    assert leaves["tiles"]["nodes"][3]["tone"] == "warn"
    assert leaves["sub"] == t("ingest.sub", alive=2, total=3)
    decode = next(line for line in leaves["stages"]["nodes"] if line["key"] == "decode")
    assert "40.0%" in words(decode)
    assert "500.00 µs" in words(decode)


def test_without_any_worker_the_panel_says_so() -> None:
    assert ingest.update({"workers": [], "refused": 0}, at=AT)["@empty"] == t("ingest.no_worker")


@pytest.mark.parametrize(
    ("counts", "outline"),
    [
        ([], "polygon(0% 100%, 0.0% 100.0%, 100% 100%)"),
        ([0, 0], "polygon(0% 100%, 0.0% 100.0%, 100.0% 100.0%, 100% 100%)"),
        ([1, 4, 2], "polygon(0% 100%, 0.0% 75.0%, 50.0% 0.0%, 100.0% 50.0%, 100% 100%)"),
    ],
)
def test_an_hour_is_an_outline(counts: list[int], outline: str) -> None:
    assert ingest_vendors.spark(counts) == outline


def test_an_adapter_that_fails_says_what_it_was_told() -> None:
    row = {
        "source": "city",
        "resource": "devices",
        "tried_at": AT.isoformat(),
        "last_ok_at": None,
        "last_record_at": None,
        "lag_seconds": None,
        "pulled": 0,
        "rejected": 0,
        "failures": 3,
        "last_error": "401",
    }

    [_, failing] = ingest_refused.update_adapters([row], at=AT)["rows"]["nodes"]
    [_, fine] = ingest_refused.update_adapters([{**row, "failures": 0}], at=AT)["rows"]["nodes"]

    assert (failing["tone"], "401" in words(failing)) == ("warn", True)
    assert (fine["tone"], "401" in words(fine)) == ("ok", False)


def refusal(**changes: Any) -> dict[str, Any]:
    """A refused message after its way through JSON."""
    row = {
        "id": 7,
        "vendor": "xzl",
        "title": "迅智联",
        "topic": "pt/v1/xzl/elevator/1/state",
        "reason": "bad_value",
        "detail": "Speed=fast",
        "received_at": AT.isoformat(),
        "size": 12,
        "code": None,
        "requested_at": None,
        "requested_by": None,
        "replayed_at": None,
        "outcome_reason": None,
        "outcome_detail": None,
        "replayable": True,
        "state": "kept",
        "payload": "{}",
    }
    return row | changes


def listed(*rows: dict[str, Any], may_replay: bool = True, again: int = 1) -> dict[str, Any]:
    given = {"rows": list(rows), "count": len(rows), "again": again, "tallies": [], "vendors": {}, "params": {}, "may_replay": may_replay}
    return quarantine.update(given, at=AT)


def buttons(drawing: Any) -> int:
    if isinstance(drawing, dict):
        return (drawing.get("tag") == "button") + sum(buttons(value) for value in drawing.values() if isinstance(value, dict | list))
    return sum(buttons(item) for item in drawing)


@pytest.mark.parametrize(
    ("row", "may_replay", "count"),
    [(refusal(), True, 1), (refusal(), False, 0), (refusal(replayable=False), True, 0)],
    ids=["may", "may not", "cannot"],
)
def test_a_message_can_be_asked_for_by_who_may_and_where_it_can(row: dict[str, Any], may_replay: bool, count: int) -> None:
    assert buttons(listed(row, may_replay=may_replay)["rows"]) == count


def test_without_anything_to_try_again_there_is_no_button_for_all() -> None:
    assert buttons(listed(refusal(), again=0)["all"]) == 0


def test_more_than_is_counted_is_said_so() -> None:
    assert "≥ 10,000" in words(listed(refusal(), again=10_000)["all"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": 70_000}, "quarantine.not_again_cut"),
        ({"topic": "pt/v1/xzl/online"}, "quarantine.not_again_presence"),
        ({"state": "requested"}, "quarantine.not_again_requested"),
        ({"state": "accepted"}, "quarantine.not_again_accepted"),
    ],
)
def test_what_cannot_be_tried_again_says_why(changes: dict[str, Any], sentence: str) -> None:
    facts = quarantine.update_message(refusal(replayable=False, **changes), at=AT)["facts"]

    assert t(sentence) in words(facts)
