"""What holds for every stream of readings: verdicts depend on the readings alone, and each rule raises and clears in turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.readings_codec import pack, unpack
from domain.alarms import RuleBook, Verdict, Watch, Word, bind, books
from domain.equipment import KINDS
from domain.equipment.kind import EquipmentKind, Value, Values
from domain.faults import RULES
from tests.unit.domain.judging import START, SUBJECTS, reading

# Values around every limit, each twice as likely to be ordinary as not, so that holds of many rules run and break.
PALETTE: dict[str, dict[str, Sequence[Value | None]]] = {
    "elevator": {
        "service_mode": (1, 1, 1, 1, 2, 0, None),
        "car_status": (0, 0, 0, 1, None),
        "door_zone": (True, False, None),
        "door_status": (2, 2, 2, 4, 3, 0, None),
        "door_closed": (True, True, False, None),
        "passenger": (True, True, False, None),
        "speed": (0.0, 1.0, 2.31, None),
        "machine_room_temperature": (25.0, 41.0, None),
        "safety_circuit": (False, True, None),
    },
    "forklift": {
        "lng": (121.41, 121.43, None),
        "speed": (0.0, 2.0, 16.0, None),
        "load": (0.0, 3100.0, None),
        "ignition": (True, False, None),
        "seat_occupied": (True, False, None),
        "seatbelt": (True, False, None),
        "driver": ("N1-0001", "", None),
        "work_minutes": (10.0, 250.0, None),
        "impact": (0.1, 3.0, None),
    },
}
GAPS = (0.5, 1.0, 1.0, 5.0, 5.0, 10.0, 15.0, 16.0, 60.0, 240.0)
MONITORED = [kind for kind in KINDS.values() if kind.rules]
Stream = list[tuple[datetime, Values]]


@st.composite
def streams(draw: st.DrawFn, kind: EquipmentKind) -> Stream:
    """Stretches of equal readings, as machines speak, at changing gaps."""
    moment, stream = START, []
    for _ in range(draw(st.integers(1, 8))):
        values = reading(kind, **{metric: draw(st.sampled_from(choices)) for metric, choices in PALETTE[kind.key].items()})
        gap = draw(st.sampled_from(GAPS))
        for _ in range(draw(st.integers(1, 25))):
            stream.append((moment, values))
            moment += timedelta(seconds=gap)
    return stream


both_kinds = pytest.mark.parametrize("kind", MONITORED, ids=lambda kind: kind.key)


def judge(book: RuleBook, stream: Stream, watch: Watch | None = None) -> tuple[Watch, list[Verdict]]:
    watch, verdicts = watch or book.fresh(), []
    for moment, values in stream:
        watch, said = book.evaluate(watch, SUBJECTS[book.kind], values=values, at=moment)
        verdicts += said
    return watch, verdicts


@both_kinds
@given(data=st.data())
def test_a_buffered_minute_is_judged_like_a_live_one(kind: EquipmentKind, data: st.DataObject) -> None:
    book, stream = bind(kind, {}), data.draw(streams(kind))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))

    whole = judge(book, stream)
    watch, pieces = book.fresh(), []
    for since, until in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        watch, said = judge(book, stream[since:until], watch)
        pieces += said

    assert (watch, pieces) == whole


@both_kinds
@given(data=st.data())
def test_each_rule_raises_and_clears_in_turn(kind: EquipmentKind, data: st.DataObject) -> None:
    book = bind(kind, {})

    _, verdicts = judge(book, data.draw(streams(kind)))

    for rule in book.rules:
        said = [verdict.word for verdict in verdicts if verdict.rule == rule and verdict.word is not Word.HOLD]
        assert said == [Word.RAISE if i % 2 == 0 else Word.CLEAR for i in range(len(said))]


@both_kinds
@given(data=st.data())
def test_the_calendar_does_not_matter(kind: EquipmentKind, data: st.DataObject) -> None:
    book, stream = bind(kind, {}), data.draw(streams(kind))
    later = timedelta(days=data.draw(st.integers(-3000, 3000)), seconds=data.draw(st.integers(0, 86_399)))

    _, verdicts = judge(book, stream)
    _, shifted = judge(book, [(moment + later, values) for moment, values in stream])

    assert [(v.word, v.rule, v.at + later, v.held) for v in verdicts] == [(v.word, v.rule, v.at, v.held) for v in shifted]


@both_kinds
@given(data=st.data())
def test_stored_readings_are_judged_like_fresh_ones(kind: EquipmentKind, data: st.DataObject) -> None:
    book, stream = bind(kind, {}), data.draw(streams(kind))

    assert judge(book, [(moment, unpack(kind.key, pack(kind.key, values))) for moment, values in stream])[1] == judge(book, stream)[1]


@both_kinds
@given(data=st.data())
def test_a_reading_of_nothing_neither_raises_nor_clears(kind: EquipmentKind, data: st.DataObject) -> None:
    book, stream = bind(kind, {}), data.draw(streams(kind))
    watch, _ = judge(book, stream)
    mute = tuple(None for _ in kind.fields)
    silence = [(stream[-1][0] + timedelta(seconds=second), mute) for second in range(5, 1000, 5)]

    _, verdicts = judge(book, silence, watch)

    assert verdicts == []


@both_kinds
@given(data=st.data())
def test_holds_come_back_after_a_restart(kind: EquipmentKind, data: st.DataObject) -> None:
    book, stream = bind(kind, {}), data.draw(streams(kind))
    watch, _ = judge(book, stream)
    recent = [(moment, values) for moment, values in stream if (stream[-1][0] - moment).total_seconds() <= book.hold_seconds]

    again, _ = judge(book, recent)

    idle = [(before, after) for before, after in zip(watch.marks, again.marks, strict=True) if not (before.active or after.active)]
    assert [after.since for _, after in idle] == [before.since for before, _ in idle]


@both_kinds
@given(data=st.data())
def test_a_family_closed_by_its_own_evidence_was_open(kind: EquipmentKind, data: st.DataObject) -> None:
    """Played as the worker plays it: every RAISE opens the family, every CLEAR closes it."""
    book, stream = bind(kind, {}), data.draw(streams(kind))
    watch, standing = book.fresh(), set[str]()
    for moment, values in stream:
        watch, verdicts = book.evaluate(watch, SUBJECTS[kind.key], values=values, at=moment)
        for verdict in verdicts:
            if verdict.word is Word.RAISE:
                standing.add(verdict.family)
                watch = book.opened(watch, verdict.family)
            elif verdict.word is Word.CLEAR:
                watch = book.closed(watch, verdict.family)
                standing.discard(verdict.family)
        for rule, mark in zip(book.rules, watch.marks, strict=True):
            assert mark.active == (RULES[rule].family in standing)
            assert mark.active or not mark.witnessed


def test_a_kind_without_rules_has_no_book() -> None:
    made = books(tuple(KINDS.values()), {})

    assert made.keys() == {"elevator", "forklift"}
    assert bind(KINDS["boiler"], {}).memory_seconds == 0


def test_a_books_memory_covers_its_longest_hold_and_quiet_time() -> None:
    lift, truck = (bind(KINDS[kind], {}) for kind in ("elevator", "forklift"))

    assert (lift.hold_seconds, lift.memory_seconds) == (120, 300)
    assert (truck.hold_seconds, truck.memory_seconds) == (30, 30)
    assert bind(KINDS["elevator"], {"elevator.entrapment_seconds": 200}).hold_seconds == 215


def test_a_verdict_says_why_and_until_when() -> None:
    hold = Verdict(Word.HOLD, "entrapment_after_stop", START, held=20, needed=60)

    assert (hold.reason, hold.until, hold.family) == ("20 of 60", START + timedelta(seconds=40), "entrapment")
