"""Closed hours become chunks and say the same; late readings find their place; nothing goes that was not read back."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from data_access import chunks as chunk_codec
from data_access import partitions
from data_access.engine import connect
from data_access.queries import readings as queries
from data_access.queries import rollups as rollup_queries
from data_access.repositories import chunks, equipment, streets, telemetry
from domain.rollups import Span
from domain.scope import ALL, Role, Scope
from services import compaction
from services.compaction import keep
from tests.integration.data_access.district import AT, DISTRICT, STREETS, machine, reading, street

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FIRST = AT - 5 * HOUR - timedelta(minutes=30)  # 01:00, closed and due
LIFTS = range(1, 6)


@pytest.fixture
def store(fresh_database):
    """A database of its own for each test."""
    opened = connect(fresh_database(), name="tests")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _few_partitions(monkeypatch):
    """A tick makes few: making more is only slow."""
    monkeypatch.setattr(compaction, "PARTITIONS_A_TICK", 6)


@pytest.fixture
def filled(store):
    """Five lifts and a truck with two hours of readings in partitions, jittered, with gaps, some vendors changing midway."""
    rng = random.Random(7)
    with store.transaction() as tx:
        streets.upsert(tx, [street(*STREETS[0])])
        equipment.add_all(tx, [machine(id=n, code=f"code-{n}", street_code=STREETS[0][0]) for n in LIFTS])
        equipment.add_all(tx, [machine(id=9, code="code-9", kind="forklift", street_code=STREETS[0][0])])
        partitions.ensure(tx, FIRST + HOUR, hours_ahead=2)
        telemetry.append_readings(tx, [one for n in LIFTS for one in _two_hours(n, rng)])
        truck = {"kind": "forklift", "speed": 3.5, "driver": "", "lng": 121.4}
        telemetry.append_readings(tx, [reading(9, FIRST + 60 * n * SECOND, **truck) for n in range(120)])
    return store


def _two_hours(number, rng):
    for n in range(0, 7200, 20):
        if rng.random() < 0.9:
            at = FIRST + n * SECOND + timedelta(microseconds=rng.randrange(10**6))
            vendor = "xzl" if n < 4000 or number % 2 else "htk"
            said = reading(
                number, at, vendor=vendor, speed=rng.randrange(200) / 100, floor=rng.choice(("B1", "12", None)), car_status=n // 600 % 2
            )
            yield replace(said, received_at=at + timedelta(microseconds=rng.randrange(10**6)))


def _everything(store, since=FIRST - 40 * timedelta(days=1), until=AT + HOUR, **more):
    with store.reading() as tx:
        return {n: queries.history_rows(DISTRICT, tx, equipment_id=n, since=since, until=until, **more) for n in (*LIFTS, 9)}


def _count(store, statement):
    with store.reading() as tx:
        return tx.scalar(text(statement))


def _present(store):
    with store.reading() as tx:
        return chunks.closed_hours(tx, FIRST + 2 * HOUR)


def _say(store, *said):
    with store.transaction() as tx:
        return telemetry.append_readings(tx, said)


def _chunked(store):
    return _count(store, "SELECT coalesce(sum(n), 0) FROM reading_chunks")


def test_history_is_the_same_before_and_after_compaction(filled):
    rng = random.Random(3)
    asked = [
        {"since": FIRST + (begin := rng.randrange(-600, 7800)) * SECOND, "until": FIRST + (begin + rng.randrange(1, 8000)) * SECOND}
        | {"every_seconds": rng.choice((None, None, 1.0, 7, 60, 900, 3600, 86_400)), "limit": rng.choice((5, 100, 20_000))}
        for _ in range(60)
    ]
    everything, before = _everything(filled), [_everything(filled, **one) for one in asked]

    done = keep(filled, {}, AT)

    assert done.compacted == sum(map(len, everything.values()))
    assert (_present(filled), _count(filled, "SELECT count(*) FROM readings")) == ([], 0)
    assert _everything(filled) == everything
    for one, expected in zip(asked, before, strict=True):
        assert _everything(filled, **one) == expected, one


def test_half_compacted_history_is_the_same(filled, monkeypatch):
    everything, thinned = _everything(filled), _everything(filled, every_seconds=1200)
    monkeypatch.setattr(compaction, "BATCH", 300)
    monkeypatch.setattr(compaction, "TICK", 700)

    ticks = 0
    while _present(filled):
        keep(filled, {}, AT)
        ticks += 1
        assert _everything(filled) == everything
        assert _everything(filled, every_seconds=1200) == thinned

    assert ticks >= 3


def test_the_last_hours_stay_as_they_are(filled):
    keep(filled, {}, FIRST + 5 * HOUR - SECOND)
    assert _present(filled) == [FIRST + HOUR]

    keep(filled, {"storage.hot_hours": 0.1}, FIRST + 4 * HOUR - SECOND)
    assert _present(filled) == [FIRST + HOUR]
    keep(filled, {"storage.hot_hours": 0.1}, FIRST + 4 * HOUR)
    assert _present(filled) == []


@pytest.mark.parametrize("loss", ["reading", "value", "everything"])
def test_what_was_not_written_faithfully_keeps_its_partition(filled, monkeypatch, loss):
    everything, honest = _everything(filled), chunk_codec.encode

    def lossy(block):
        if loss == "everything":
            return b"\x01nonsense"
        if loss == "reading":
            return honest(block.take(slice(1, None)))
        data = block.data.copy()
        data[-1, -1] ^= 1
        return honest(replace(block, data=data))

    monkeypatch.setattr(chunks, "encode", lossy)
    done = keep(filled, {}, AT)

    assert (done.compacted, _chunked(filled)) == (0, 0)
    assert _present(filled) == [FIRST, FIRST + HOUR]
    assert _everything(filled) == everything

    monkeypatch.setattr(chunks, "encode", honest)
    keep(filled, {}, AT)
    assert (_present(filled), _everything(filled)) == ([], everything)


@pytest.mark.parametrize("step", ["put", "note_through", "freeze", "drop"])
def test_a_schedule_that_dies_anywhere_is_continued(filled, monkeypatch, step):
    everything = _everything(filled)
    monkeypatch.setattr(compaction, "BATCH", 300)
    calls = 0

    def dying(*arguments):
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return honest(*arguments)

    honest = getattr(chunks, step)
    monkeypatch.setattr(chunks, step, dying)
    with pytest.raises(KeyboardInterrupt):
        keep(filled, {}, AT)
    assert _everything(filled) == everything

    keep(filled, {}, AT)
    assert (_present(filled), _everything(filled)) == ([], everything)
    assert _chunked(filled) == sum(map(len, everything.values()))


def test_a_late_reading_before_its_hour_is_compacted_is_like_any_other(filled):
    late = reading(2, FIRST + timedelta(microseconds=1), speed=1.0)
    _say(filled, replace(late, received_at=AT))

    keep(filled, {}, AT)

    assert _everything(filled)[2][0].sampled_at == late.sampled_at


@pytest.mark.parametrize("moment", ["note_through", "freeze"])
def test_a_late_reading_while_its_hour_is_compacted_finds_its_place(filled, monkeypatch, moment):
    """It comes when its machine has had its turn, and is found by counting."""
    late = reading(1, FIRST + 3 * SECOND, speed=1.5)
    honest = getattr(chunks, moment)

    def interrupted(*arguments):
        if not _count(filled, f"SELECT count(*) FROM readings WHERE sampled_at = '{late.sampled_at.isoformat()}'"):
            _say(filled, late)
        return honest(*arguments)

    monkeypatch.setattr(chunks, moment, interrupted)
    keep(filled, {}, AT)

    assert _present(filled) == []
    assert [row.sampled_at for row in _everything(filled)[1]].count(late.sampled_at) == 1


def test_a_late_reading_for_a_compacted_hour_is_shown_at_once_and_merged_once(filled):
    everything = _everything(filled)
    keep(filled, {}, AT)
    late = replace(reading(3, FIRST + 3 * SECOND, speed=1.5), received_at=AT)
    old = replace(reading(3, FIRST - timedelta(days=30), speed=0.5), received_at=AT)

    assert len(_say(filled, late, old).stored) == 2
    expected = [old.sampled_at, *sorted([late.sampled_at, *(row.sampled_at for row in everything[3])])]
    assert [row.sampled_at for row in _everything(filled)[3]] == expected

    assert keep(filled, {}, AT + compaction.LATE_SETTLES).merged == 0
    done = keep(filled, {}, AT + compaction.LATE_SETTLES + SECOND)
    assert (done.merged, done.repeated, done.conflicts) == (2, 0, 0)
    assert [row.sampled_at for row in _everything(filled)[3]] == expected
    assert _count(filled, "SELECT count(*) FROM readings") == 0
    assert keep(filled, {}, AT + HOUR / 2).merged == 0


def test_a_redelivered_reading_of_a_compacted_hour_is_neither_stored_nor_shown_twice_and_another_is_refused(filled):
    everything = _everything(filled)
    keep(filled, {}, AT)
    known = everything[4][5]
    again = replace(reading(4, known.sampled_at), values=known.values, vendor=known.vendor, received_at=AT)
    other = replace(reading(4, everything[4][7].sampled_at, speed=19.0, floor="7"), received_at=AT)
    _say(filled, again, other)
    assert _everything(filled) == everything
    assert _everything(filled, every_seconds=1) == _everything(filled, every_seconds=1, limit=19_999)

    done = keep(filled, {}, AT + HOUR)

    assert (done.merged, done.repeated, done.conflicts) == (0, 1, 1)
    assert _everything(filled) == everything
    with filled.reading() as tx:
        rows = tx.rows(text("SELECT vendor, topic, reason, equipment_code, convert_from(payload, 'UTF8') FROM quarantine"))
    assert [row[:4] for row in rows] == [("xzl", "pt/v1/xzl/elevator/code-4/state", "conflict", "code-4")]
    assert '"Speed":19.0' in rows[0][4]


def test_a_schedule_that_stood_still_for_a_week_loses_nothing(filled):
    while keep(filled, {}, AT).made:  # as many a tick as a tick may make
        pass
    days = [AT + timedelta(days=day) for day in range(1, 8)]
    said = [reading(n, day + minute * 60 * SECOND, speed=1.0) for n in LIFTS for day in days for minute in range(30)]

    _say(filled, *said)
    assert _count(filled, "SELECT count(*) FROM readings_default") == 0
    everything = _everything(filled, until=days[-1] + HOUR)

    done = keep(filled, {}, days[-1] + 12 * HOUR)
    assert done.compacted == len(said)
    assert _everything(filled, until=days[-1] + HOUR) == everything


def test_hours_nobody_made_a_partition_for_are_compacted_out_of_the_default_one(filled, monkeypatch):
    """After more than eight days; what is too much to move while writers wait stays until its hour is closed."""
    monkeypatch.setattr(partitions, "MOVED_MOST", 20)
    monkeypatch.setattr(compaction, "BATCH", 100)
    later = AT + timedelta(days=20)
    said = [reading(n, later + minute * 60 * SECOND, speed=1.0) for n in LIFTS for minute in range(-120, 1, 2)]
    _say(filled, *said)
    everything = _everything(filled, until=later + HOUR)

    keep(filled, {}, later)
    now_in = partitions.name_of(later)
    assert _count(filled, f"SELECT count(*) FROM pg_class WHERE relname = '{now_in}'") == 0
    assert _count(filled, f"SELECT count(*) FROM pg_class WHERE relname = '{partitions.name_of(later + HOUR)}'") == 1
    done = keep(filled, {}, later + 6 * HOUR)

    assert done.merged == len(said)
    assert _everything(filled, until=later + HOUR) == everything
    assert _count(filled, "SELECT count(*) FROM readings_default") == 0


def _hours_there(store):
    with store.reading() as tx:
        return {partitions.READINGS.begins(name) for name in partitions.READINGS.present(tx)}


def test_beside_a_large_default_partition_hours_are_made_where_it_surely_holds_nothing(filled, monkeypatch):
    """PostgreSQL would search it for every new hour while writers wait."""
    later = AT + timedelta(days=20)
    _say(filled, *(reading(n, later, speed=1.0) for n in LIFTS))
    monkeypatch.setattr(partitions, "LARGE", 0)

    with monkeypatch.context() as dying:
        dying.setattr(partitions, "prove_fence", lambda tx: 1 / 0)
        dying.setattr(partitions, "unfence", lambda tx: None)
        with pytest.raises(ZeroDivisionError):
            keep(filled, {}, later)
    keep(filled, {}, later)

    hours = {hour for hour in _hours_there(filled) if hour > later - HOUR}
    assert min(hours) == partitions.hour_of(later) + 4 * HOUR
    assert len(hours) > 24 * 7
    _say(filled, reading(1, later + 5 * HOUR), reading(2, later + timedelta(days=60)))
    assert _count(filled, "SELECT count(*) FROM readings_default") == len(LIFTS) + 1


def test_where_the_default_partition_holds_readings_from_the_future_it_is_left_alone(filled, monkeypatch):
    _say(filled, reading(1, AT + timedelta(days=3), speed=1.0))
    monkeypatch.setattr(partitions, "LARGE", 0)
    before = _hours_there(filled)

    keep(filled, {}, AT)

    assert _hours_there(filled) <= before
    _say(filled, reading(1, AT + timedelta(days=30)))


@pytest.mark.parametrize("step", ["_compact_some", "_close"])
def test_two_schedules_compact_once(filled, monkeypatch, step):
    """The second one does its whole tick in the midst of the first one's."""
    everything = _everything(filled)
    honest, counted = getattr(compaction, step), []

    def interrupted(store, hour):
        monkeypatch.setattr(compaction, step, honest)
        counted.append(keep(store, {}, AT).compacted)
        return honest(store, hour)

    monkeypatch.setattr(compaction, step, interrupted)
    keep(filled, {}, AT)

    assert len(counted) == 1
    assert (_present(filled), _chunked(filled)) == ([], sum(map(len, everything.values())))
    assert _everything(filled) == everything


def test_writers_of_chunks_wait_for_each_other(filled, fresh_database):
    other = connect(filled._engine.url.render_as_string(hide_password=False), name="other")
    try:
        with filled.transaction() as tx, other.transaction() as second:
            chunks.exclusive(tx)
            assert second.scalar(text(f"SELECT pg_try_advisory_xact_lock({chunks.LOCK})")) is False
    finally:
        other.close()


def test_chunks_outside_the_scope_do_not_exist(filled):
    elsewhere = Scope(Role.STREET, (STREETS[1][0],), None, ALL)
    here = Scope(Role.STREET, (STREETS[0][0],), None, ALL)
    keep(filled, {}, AT)

    with filled.reading() as tx:
        span = {"equipment_id": 1, "since": FIRST, "until": AT}
        assert queries.history(elsewhere, tx, **span) == []
        assert len(queries.history(here, tx, **span)) > 300
        assert rollup_queries.rollups(elsewhere, tx, span=Span.HOUR, **span) == []
        assert [row.since for row in rollup_queries.rollups(here, tx, span=Span.HOUR, **span)] == [FIRST, FIRST + HOUR]


def test_roll_ups_follow_the_readings_also_when_they_are_late(filled):
    everything = _everything(filled)[1]
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

    _say(filled, replace(reading(1, FIRST + 10 * SECOND, speed=9.0), received_at=AT))
    keep(filled, {}, AT + HOUR)

    assert [row.rollup.readings for row in rolled(Span.DAY)] == [len(everything) + 1]
    assert [row.rollup.ranges["speed"].high == 9.0 for row in rolled(Span.HOUR)] == [True, False]


def test_what_is_too_old_goes_by_the_month(filled):
    keep(filled, {}, AT)
    expected = _chunked(filled)

    keep(filled, {}, AT + timedelta(days=396 + 10))  # the last day of November is kept, and so is the month
    assert _chunked(filled) == expected
    keep(filled, {}, AT + timedelta(days=396 + 11))

    assert _chunked(filled) == 0
    assert _count(filled, "SELECT count(*) FROM reading_rollups") == (2 + 1) * 6
    keep(filled, {}, AT + timedelta(days=1826 + 11))
    assert _count(filled, "SELECT count(*) FROM reading_rollups") == 0
