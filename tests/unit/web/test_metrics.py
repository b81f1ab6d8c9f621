"""What Prometheus reads of a worker's counters."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from data_access.queries.readiness import AdapterMark, FeedMark, KeptMark, NoticeMark, WorkerMark
from ingest.counters import Counters, Happening
from services.batches import Accepted
from services.stages import Stage
from stack.home import PROJECT
from web.metrics import Figures, registry

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


def samples(figures: Figures) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """(name, sorted labels) → value, as a scraper understands the text."""
    families = text_string_to_metric_families(generate_latest(registry(figures)).decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


@pytest.fixture
def mark() -> WorkerMark:
    """A worker's mark as it comes back from the database."""
    counters = Counters(AT - timedelta(hours=1))
    counters.add(Accepted(messages=600, stored=590, duplicates=4, conflicts=1, events=5, alarms=2), AT)
    counters.waited([0.02, 0.2])
    counters.sampled("xzl", [0.7, 90.0])
    counters.stages.add(Stage.COMMIT, 0.004, 600, cpu=0.001)
    counters.happened(Happening.DATABASE_LOST)
    told = orjson.loads(orjson.dumps(counters.as_json(AT, waiting=7, register_size=14415, lease_epoch=3)))
    return WorkerMark("ingest-0", AT - timedelta(seconds=2), told)


def test_a_workers_counters_come_out_as_counters_gauges_and_histograms(mark: WorkerMark) -> None:
    found = samples(Figures(AT, {"database": True}, workers=[mark]))

    worker = ("worker", "ingest-0")
    assert found["putuo_up", (("part", "database"),)] == 1
    assert found["putuo_ingest_stored_total", (worker,)] == 590
    assert found["putuo_ingest_database_outages_total", (worker,)] == 1
    assert found["putuo_ingest_waiting", (worker,)] == 7
    assert found["putuo_ingest_register_size", (worker,)] == 14415
    assert found["putuo_ingest_lease_epoch", (worker,)] == 3
    assert found["putuo_ingest_mark_age_seconds", (worker,)] == 2
    assert found["putuo_ingest_stage_seconds_total", (("stage", "commit"), worker)] == 0.004
    assert found["putuo_ingest_stage_cpu_seconds_total", (("stage", "commit"), worker)] == 0.001
    assert found["putuo_ingest_stage_items_total", (("stage", "commit"), worker)] == 600
    assert found["putuo_ingest_commit_lag_seconds_bucket", (("le", "0.1"), worker)] == 1
    assert found["putuo_ingest_commit_lag_seconds_count", (worker,)] == 2
    assert found["putuo_ingest_sampled_lag_seconds_bucket", (("le", "60.0"), ("vendor", "xzl"), worker)] == 1
    assert found["putuo_ingest_sampled_lag_seconds_sum", (("vendor", "xzl"), worker)] == 90.7
    assert found["putuo_ingest_batch_messages_count", (worker,)] == 1


def test_an_older_workers_mark_says_what_it_can() -> None:
    found = samples(Figures(AT, {}, workers=[WorkerMark("old", AT, {"stored": 12, "last_message_at": None})]))

    assert found["putuo_ingest_stored_total", (("worker", "old"),)] == 12
    assert not any(name.startswith(("putuo_ingest_stage", "putuo_ingest_commit")) for name, _ in found)


def test_refusals_are_labelled_by_vendor_and_reason_alone() -> None:
    figures = Figures(AT, {}, refused={("xzl", "bad_value"): 3, ("", "bad_topic"): 9}, kept=KeptMark(10, 2048, 4))

    found = samples(figures)

    assert found["putuo_refused_messages_total", (("reason", "bad_value"), ("vendor", "xzl"))] == 3
    assert found["putuo_refused_messages_total", (("reason", "bad_topic"), ("vendor", ""))] == 9
    assert (found["putuo_quarantine_messages", ()], found["putuo_quarantine_bytes", ()]) == (10, 2048)
    assert found["putuo_quarantine_replay_waiting", ()] == 4


def test_senders_and_adapters_have_ages_once_they_were_heard() -> None:
    feeds = [FeedMark("xzl", True, AT, AT - timedelta(seconds=5)), FeedMark("htk", None, None, None)]
    adapters = [AdapterMark("city", "devices", AT - timedelta(minutes=1), 60.0, 2, 3), AdapterMark("city", "faults", None, None, 0, 9)]

    found = samples(Figures(AT, {}, feeds=feeds, adapters=adapters))

    assert found["putuo_vendor_message_age_seconds", (("vendor", "xzl"),)] == 5
    assert ("putuo_vendor_message_age_seconds", (("vendor", "htk"),)) not in found
    assert found["putuo_vendor_connected", (("vendor", "htk"),)] == 0
    assert found["putuo_adapter_age_seconds", (("resource", "devices"), ("source", "city"))] == 60
    assert found["putuo_adapter_failures", (("resource", "faults"), ("source", "city"))] == 9
    assert ("putuo_adapter_lag_seconds", (("resource", "faults"), ("source", "city"))) not in found


def test_a_database_that_is_away_leaves_what_is_known_without_it() -> None:
    assert samples(Figures(AT, {"database": False, "cache": True})) == {
        ("putuo_up", (("part", "database"),)): 0,
        ("putuo_up", (("part", "cache"),)): 1,
    }


def test_the_alerts_ask_for_metrics_that_there_are(mark: WorkerMark) -> None:
    figures = Figures(
        AT,
        {"database": True},
        workers=[mark],
        feeds=[FeedMark("xzl", True, AT, AT)],
        refused={("xzl", "bad_value"): 1},
        kept=KeptMark(0, 0, 0),
        notices=NoticeMark(0, 0, 0.0, 0.0),
        adapters=[AdapterMark("city", "devices", AT, 1.0, 0, 0)],
    )

    asked = set(re.findall(r"\bputuo_[a-z_]+", (PROJECT / "deploy/prometheus/alerts.yml").read_text("utf-8")))

    assert asked - {name for name, _ in samples(figures)} == set()


def test_the_outbox_says_whether_anybody_sends() -> None:
    found = samples(Figures(AT, {}, notices=NoticeMark(7, 2, 31.5, 0.0)))

    assert (found["putuo_notices_waiting", ()], found["putuo_notices_dead", ()]) == (7, 2)
    assert found["putuo_notices_overdue_seconds", (("urgent", "true"),)] == 31.5
    assert found["putuo_notices_overdue_seconds", (("urgent", "false"),)] == 0
