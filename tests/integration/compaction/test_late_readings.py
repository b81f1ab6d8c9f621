"""A late reading finds its place: before, while and after its hour is compacted; the first of an instant wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from data_access.queries import rollups as rollup_queries
from data_access.repositories import chunks
from domain.rollups import Span
from services import compaction
from services.compaction import keep
from tests.integration.compaction.hours import FIRST, HOUR, SECOND, count, present, say, told
from tests.integration.data_access.district import AT, DISTRICT, reading


def test_a_late_reading_before_its_hour_is_compacted_is_like_any_other(filled):
    late = reading(2, FIRST + timedelta(microseconds=1), speed=1.0)
    say(filled, replace(late, received_at=AT))

    keep(filled, {}, AT)

    assert told(filled)[2][0].sampled_at == late.sampled_at


@pytest.mark.parametrize("moment", ["note_through", "freeze"])
def test_a_late_reading_while_its_hour_is_compacted_finds_its_place(filled, monkeypatch, moment):
    """It comes when its machine has had its turn, and is found by counting."""
    late = reading(1, FIRST + 3 * SECOND, speed=1.5)
    honest = getattr(chunks, moment)

    def interrupted(*arguments):
        if not count(filled, f"SELECT count(*) FROM readings WHERE sampled_at = '{late.sampled_at.isoformat()}'"):
            say(filled, late)
        return honest(*arguments)

    monkeypatch.setattr(chunks, moment, interrupted)
    keep(filled, {}, AT)

    assert present(filled) == []
    assert [row.sampled_at for row in told(filled)[1]].count(late.sampled_at) == 1


def test_a_late_reading_for_a_compacted_hour_is_shown_at_once_and_merged_once(filled):
    everything = told(filled)
    keep(filled, {}, AT)
    late = replace(reading(3, FIRST + 3 * SECOND, speed=1.5), received_at=AT)
    old = replace(reading(3, FIRST - timedelta(days=30), speed=0.5), received_at=AT)

    assert len(say(filled, late, old).stored) == 2
    expected = [old.sampled_at, *sorted([late.sampled_at, *(row.sampled_at for row in everything[3])])]
    assert [row.sampled_at for row in told(filled)[3]] == expected

    assert keep(filled, {}, AT + compaction.LATE_SETTLES).merged == 0
    done = keep(filled, {}, AT + compaction.LATE_SETTLES + SECOND)
    assert (done.merged, done.repeated, done.conflicts) == (2, 0, 0)
    assert [row.sampled_at for row in told(filled)[3]] == expected
    assert count(filled, "SELECT count(*) FROM readings") == 0
    assert keep(filled, {}, AT + HOUR / 2).merged == 0


def test_a_redelivered_reading_of_a_compacted_hour_is_neither_stored_nor_shown_twice_and_another_is_refused(filled):
    everything = told(filled)
    keep(filled, {}, AT)
    known = everything[4][5]
    again = replace(reading(4, known.sampled_at), values=known.values, vendor=known.vendor, received_at=AT)
    other = replace(reading(4, everything[4][7].sampled_at, speed=19.0, floor="7"), received_at=AT)
    say(filled, again, other)
    assert told(filled) == everything
    assert told(filled, every_seconds=1) == told(filled, every_seconds=1, limit=19_999)

    done = keep(filled, {}, AT + HOUR)

    assert (done.merged, done.repeated, done.conflicts) == (0, 1, 1)
    assert told(filled) == everything
    with filled.reading() as tx:
        rows = tx.rows(text("SELECT vendor, topic, reason, equipment_code, convert_from(payload, 'UTF8') FROM quarantine"))
    assert [row[:4] for row in rows] == [("xzl", "pt/v1/xzl/elevator/code-4/state", "conflict", "code-4")]
    assert '"Speed":19.0' in rows[0][4]


def test_roll_ups_follow_the_readings_also_when_they_are_late(filled):
    everything = told(filled)[1]
    keep(filled, {}, AT)
    day = FIRST - 9 * HOUR  # midnight in Shanghai

    def rolled(span):
        with filled.reading() as tx:
            return rollup_queries.rollups(DISTRICT, tx, equipment_id=1, span=span, since=day, until=day + 24 * HOUR)

    assert [(row.since, row.rollup.readings) for row in rolled(Span.DAY)] == [(day, len(everything))]
    speeds = [row.values[13] for row in everything]
    assert rolled(Span.DAY)[0].rollup.ranges["speed"].high == max(speeds)
    assert rolled(Span.DAY)[0].rollup.times("car_status", "running") == 6
    assert sum(row.rollup.seconds for row in rolled(Span.HOUR)) == pytest.approx(7200, abs=60)

    say(filled, replace(reading(1, FIRST + 10 * SECOND, speed=9.0), received_at=AT))
    keep(filled, {}, AT + HOUR)

    assert [row.rollup.readings for row in rolled(Span.DAY)] == [len(everything) + 1]
    assert [row.rollup.ranges["speed"].high == 9.0 for row in rolled(Span.HOUR)] == [True, False]


def test_one_damaged_chunk_keeps_no_other_machines_late_readings_out(filled, monkeypatch, caplog):
    monkeypatch.setattr(compaction, "_NAMED", set())
    keep(filled, {}, AT)
    with filled.transaction() as tx:
        tx.execute(text("UPDATE reading_chunks SET data = 'nonsense' WHERE equipment_id = 2 AND hour = :hour"), {"hour": FIRST})
    say(filled, *(replace(reading(n, FIRST + 3 * SECOND, speed=1.5), received_at=AT) for n in (1, 2, 3)))
    say(filled, replace(reading(2, FIRST - timedelta(days=30), speed=1.5), received_at=AT))

    ticks = [keep(filled, {}, AT + HOUR * n).merged for n in (1, 2)]

    assert ticks == [3, 0]
    assert count(filled, "SELECT array_agg(DISTINCT equipment_id) FROM readings_default") == [2]
    assert [(record.equipment_id, record.hour) for record in caplog.records if record.msg == "chunk_unfaithful"] == [(2, FIRST.isoformat())]
