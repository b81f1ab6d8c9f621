"""What a worker counts, and what counting costs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest.counters import Counters, Happening, Histogram
from services.batches import Accepted
from services.stages import Stage, Stages

START = datetime(2026, 11, 20, 4, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_value_on_a_bound_belongs_under_it() -> None:
    histogram = Histogram((0.1, 1.0))

    histogram.observe(0.1)
    histogram.observe_all([0.1000001, 1.0, 7.0])

    assert histogram.as_json() == {"bounds": [0.1, 1.0], "counts": [1, 3, 4], "sum": 8.2}


def test_one_by_one_counts_as_all_at_once() -> None:
    values = np.random.default_rng(7).gamma(1.0, 0.2, 500)
    single, together = Histogram((0.01, 0.1, 0.5)), Histogram((0.01, 0.1, 0.5))

    for value in values:
        single.observe(float(value))
    together.observe_all(values)

    assert single.as_json() == together.as_json()


def test_an_empty_batch_is_no_value() -> None:
    histogram = Histogram((1.0,))

    histogram.observe_all([])

    assert histogram.as_json() == {"bounds": [1.0], "counts": [0, 0], "sum": 0.0}


def test_rates_are_those_of_the_last_seconds_not_of_a_life() -> None:
    counters = Counters(START)
    for second in range(0, 60, 2):
        counters.add(Accepted(messages=200, stored=100), later(second))
        counters.as_json(later(second), waiting=0)

    quiet = [counters.as_json(later(60 + second), waiting=0)["rates"] for second in range(0, 14, 2)]

    assert (quiet[0]["messages"], quiet[0]["stored"], quiet[0]["batches"]) == (80.0, 40.0, 0.4)
    assert (quiet[-1]["messages"], quiet[-1]["stored"], quiet[-1]["batches"]) == (0.0, 0.0, 0.0)


def test_a_stages_rate_is_its_share_of_the_time() -> None:
    counters = Counters(START)
    counters.stages.add(Stage.DECODE, 2.5, 100)

    assert counters.as_json(later(10), waiting=0)["rates"]["stage.decode"] == 0.25


def test_a_lag_of_an_hour_ago_is_not_recent_but_stays_counted() -> None:
    counters = Counters(START)
    counters.waited([40.0])
    seen = []
    for minute in (0, 1, 2, 60):
        counters.waited([0.02])
        told = counters.as_json(later(60 * minute), waiting=0)
        seen.append((told["recent_lag"]["counts"][-1], told["commit_lag"]["counts"][-1]))

    assert seen == [(2, 2), (3, 3), (1, 4), (0, 5)]


def test_a_worker_that_has_just_begun_has_no_rate() -> None:
    assert Counters(START).as_json(START, waiting=0)["rates"]["stored"] == 0.0


def test_sums_happenings_and_gauges_stand_side_by_side() -> None:
    counters = Counters(START)
    counters.add(Accepted(messages=3, stored=2, duplicates=1), later(1))
    counters.add(Accepted(messages=1, events=1, alarms=1), later(2))
    counters.happened(Happening.RECONNECT)
    counters.waited([0.02, 0.03])
    counters.sampled("acme", [-5.0, 3.0])

    told = counters.as_json(later(2), waiting=9, register_size=14415, lease_epoch=None)

    assert (told["messages"], told["stored"], told["duplicates"], told["events"], told["alarms"]) == (4, 2, 1, 1, 1)
    assert (told["reconnects"], told["database_outages"], told["recalls"], told["batches"]) == (1, 0, 0, 2)
    assert told["gauges"] == {"register_size": 14415}
    assert told["waiting"] == 9
    assert told["commit_lag"]["counts"][-1] == 2
    assert told["sampled_lag"]["acme"]["sum"] == 3.0
    assert told["last_message_at"] == later(2).isoformat()


def test_stages_sum_seconds_cpu_turns_and_items() -> None:
    moments, cpu_moments = iter([0.0, 1.5, 10.0, 10.25, 11.25]), iter([5.0, 6.0, 6.0, 6.125, 6.25])
    stages = Stages(clock=lambda: next(moments), cpu_clock=lambda: next(cpu_moments))

    with stages.time(Stage.DECODE, items=600):
        pass
    lap = stages.laps()
    lap(Stage.WRITE)
    lap(Stage.COMMIT, items=2)
    stages.add(Stage.RECEIVE, 0.5, items=3, cpu=0.25)

    assert stages.as_json() == {
        "receive": {"seconds": 0.5, "cpu_seconds": 0.25, "turns": 1, "items": 3},
        "decode": {"seconds": 1.5, "cpu_seconds": 1.0, "turns": 1, "items": 600},
        "write": {"seconds": 0.25, "cpu_seconds": 0.125, "turns": 1, "items": 0},
        "commit": {"seconds": 1.0, "cpu_seconds": 0.125, "turns": 1, "items": 2},
    }


def test_waiting_takes_no_processor_time() -> None:
    stages = Stages()

    with stages.time(Stage.WRITE):
        sum(range(200_000))
    with stages.time(Stage.COMMIT):
        threading.Event().wait(0.2)

    told = stages.as_json()
    assert 0 < told["write"]["cpu_seconds"] <= told["write"]["seconds"] + 0.01
    assert told["commit"]["cpu_seconds"] < 0.05 < 0.2 <= told["commit"]["seconds"]


def test_a_stage_that_fails_is_counted_too() -> None:
    moments = iter([0.0, 2.0])
    stages = Stages(clock=lambda: next(moments))

    with pytest.raises(ValueError, match="broken"), stages.time(Stage.COMMIT):
        raise ValueError("broken")

    assert stages.as_json()["commit"]["seconds"] == 2.0
