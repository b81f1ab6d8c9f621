"""Closed hours become chunks and say the same; nothing goes that was not read back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import text

from data_access import chunks as chunk_codec
from data_access.engine import connect
from data_access.locks import Lock
from data_access.queries import readings as queries
from data_access.queries import rollups as rollup_queries
from data_access.repositories import chunks
from domain.rollups import Span
from domain.scope import ALL, Role, Scope
from services import compaction
from services.compaction import keep
from tests.integration.compaction.hours import FIRST, HOUR, SECOND, chunked, count, present, told
from tests.integration.data_access.district import AT, STREETS


def test_history_is_the_same_before_and_after_compaction(filled):
    rng = random.Random(3)
    asked = [
        {"since": FIRST + (begin := rng.randrange(-600, 7800)) * SECOND, "until": FIRST + (begin + rng.randrange(1, 8000)) * SECOND}
        | {"every_seconds": rng.choice((None, None, 1.0, 7, 60, 900, 3600, 86_400)), "limit": rng.choice((5, 100, 20_000))}
        for _ in range(60)
    ]
    everything, before = told(filled), [told(filled, **one) for one in asked]

    done = keep(filled, {}, AT)

    assert done.compacted == sum(map(len, everything.values()))
    assert (present(filled), count(filled, "SELECT count(*) FROM readings")) == ([], 0)
    assert told(filled) == everything
    for one, expected in zip(asked, before, strict=True):
        assert told(filled, **one) == expected, one


def test_half_compacted_history_is_the_same(filled, monkeypatch):
    everything, thinned = told(filled), told(filled, every_seconds=1200)
    monkeypatch.setattr(compaction, "BATCH", 300)
    monkeypatch.setattr(compaction, "TICK_LEAST", 700)

    ticks = 0
    while present(filled):
        keep(filled, {}, AT)
        ticks += 1
        assert told(filled) == everything
        assert told(filled, every_seconds=1200) == thinned

    assert ticks >= 3


def test_the_last_hours_stay_as_they_are(filled):
    keep(filled, {}, FIRST + 5 * HOUR - SECOND)
    assert present(filled) == [FIRST + HOUR]

    keep(filled, {"storage.hot_hours": 0.1}, FIRST + 4 * HOUR - SECOND)
    assert present(filled) == [FIRST + HOUR]
    keep(filled, {"storage.hot_hours": 0.1}, FIRST + 4 * HOUR)
    assert present(filled) == []


@pytest.mark.parametrize("loss", ["reading", "value", "everything"])
def test_what_was_not_written_faithfully_keeps_its_partition(filled, monkeypatch, loss):
    everything, honest = told(filled), chunk_codec.encode

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

    assert (done.compacted, chunked(filled)) == (0, 0)
    assert present(filled) == [FIRST, FIRST + HOUR]
    assert told(filled) == everything

    monkeypatch.setattr(chunks, "encode", honest)
    keep(filled, {}, AT)
    assert (present(filled), told(filled)) == ([], everything)


@pytest.mark.parametrize("step", ["put", "note_through", "freeze", "drop"])
def test_a_schedule_that_dies_anywhere_is_continued(filled, monkeypatch, step):
    everything = told(filled)
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
    assert told(filled) == everything

    keep(filled, {}, AT)
    assert (present(filled), told(filled)) == ([], everything)
    assert chunked(filled) == sum(map(len, everything.values()))


@pytest.mark.parametrize("step", ["_compact_some", "_close"])
def test_two_schedules_compact_once(filled, monkeypatch, step):
    """The second one does its whole tick in the midst of the first one's."""
    everything = told(filled)
    honest, counted = getattr(compaction, step), []

    def interrupted(store, hour):
        monkeypatch.setattr(compaction, step, honest)
        counted.append(keep(store, {}, AT).compacted)
        return honest(store, hour)

    monkeypatch.setattr(compaction, step, interrupted)
    keep(filled, {}, AT)

    assert len(counted) == 1
    assert (present(filled), chunked(filled)) == ([], sum(map(len, everything.values())))
    assert told(filled) == everything


def test_writers_of_chunks_wait_for_each_other(filled, fresh_database):
    other = connect(filled._engine.url.render_as_string(hide_password=False), name="other")
    try:
        with filled.transaction() as tx, other.transaction() as second:
            chunks.exclusive(tx)
            assert second.scalar(text(f"SELECT pg_try_advisory_xact_lock({Lock.CHUNKS})")) is False
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
