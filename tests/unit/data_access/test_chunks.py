"""A chunk gives back what went in, byte for byte: gaps, disorder, absent values, labels, and layouts and vendors side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access import chunks
from data_access.readings_codec import pack
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Flag, Label, Metric

HOUR = datetime(2026, 11, 20, 6, tzinfo=UTC)


def _value(field):
    match field:
        case Metric():
            return st.integers(round(field.low * field.scale), round(field.high * field.scale)).map(lambda code: code / field.scale)
        case Flag():
            return st.booleans()
        case Choice():
            return st.integers(0, len(field.words) - 1)
        case Label():
            return st.sampled_from(("", "B1", "12A", "-2"))


def _packed(kind):
    return st.tuples(*(st.none() | _value(field) for field in KINDS[kind].fields)).map(lambda values: pack(kind, values))


PACKED = st.one_of(_packed("elevator"), _packed("forklift"), st.binary(max_size=70))
"""Readings of two layouts, and any bytes at all."""

ROWS = st.lists(
    st.tuples(
        st.integers(0, 3_599_999_999),
        st.integers(-7_200_000_000, 10**13),  # a clock that runs two hours ahead; a backlog of months
        st.sampled_from(("xzl", "htk", "装置商")),
        PACKED,
    ),
    max_size=40,
)


def made_of(rows):
    """The block of (microseconds after the hour, delay in µs, vendor, data)."""
    begin = chunks.micros(HOUR)
    sampled = np.array([begin + at for at, *_ in rows], ">i8").tobytes()
    received = np.array([begin + at + delay for at, delay, *_ in rows], ">i8").tobytes()
    sizes = np.array([len(data) for *_, data in rows], ">u2").tobytes()
    return chunks.block(sampled, received, [row[2] for row in rows], sizes, b"".join(row[3] for row in rows))


def said(rows):
    """What a table would say of them."""
    return [
        (HOUR + timedelta(microseconds=at), HOUR + timedelta(microseconds=at + delay), vendor, data) for at, delay, vendor, data in rows
    ]


@given(ROWS.filter(len))
def test_a_chunk_says_what_went_in(rows):
    chunk = chunks.encode(made_of(rows))

    decoded = chunks.decode(chunk)

    assert decoded.rows() == said(rows)
    assert chunks.same(decoded, made_of(rows))
    assert chunks.first(chunk).rows() == said(rows[:1])


def test_the_first_reading_is_found_behind_any_names():
    rows = [(n, 1, f"vendor-{n:03}" * 5, b"\x01ab") for n in range(40)]

    assert chunks.first(chunks.encode(made_of(rows))).rows() == said(rows[:1])


@given(ROWS, ROWS)
def test_of_one_instant_the_known_reading_stays_and_another_is_named(rows, later):
    known = sorted({row[0]: row for row in rows}.values())
    more = sorted({row[0]: row for row in later}.values())
    standing = {row[0]: row for row in known}

    whole, differ = chunks.merge(made_of(known), made_of(more))

    expected = {row[0]: row for row in more} | standing
    assert whole.rows() == said(expected[at] for at in sorted(expected))
    assert [more[place] for place in differ] == [row for row in more if row[0] in standing and standing[row[0]][3] != row[3]]
    assert chunks.covers(whole, made_of([row for place, row in enumerate(more) if place not in differ]))


ROW, NEIGHBOUR = (5_000_000, 300_000, "xzl", b"\x01ab"), (9_000_000, 1, "xzl", b"\x01ab")


@pytest.mark.parametrize(
    "other",
    [
        (5_000_001, 299_999, "xzl", b"\x01ab"),
        (5_000_000, 300_001, "xzl", b"\x01ab"),
        (5_000_000, 300_000, "htk", b"\x01ab"),
        (5_000_000, 300_000, "xzl", b"\x01ac"),
        (5_000_000, 300_000, "xzl", b"\x01ab\0"),
    ],
    ids=["sampled", "received", "vendor", "data", "length"],
)
def test_a_difference_anywhere_is_seen(other):
    assert chunks.same(made_of([ROW, NEIGHBOUR]), made_of([ROW, NEIGHBOUR]))
    assert not chunks.same(made_of([other, NEIGHBOUR]), made_of([ROW, NEIGHBOUR]))
    assert not chunks.same(made_of([ROW]), made_of([ROW, NEIGHBOUR]))


@pytest.mark.parametrize("kept", [[], [NEIGHBOUR], [(5_000_000, 300_000, "xzl", b"\x01ac"), NEIGHBOUR]], ids=["none", "another", "changed"])
def test_a_reading_that_is_not_covered_is_missed(kept):
    assert chunks.covers(made_of([ROW, NEIGHBOUR]), made_of([ROW]))
    assert not chunks.covers(made_of(kept), made_of([ROW]))


@pytest.mark.parametrize("damage", [lambda chunk: b"", lambda chunk: b"\x02" + chunk[1:], lambda chunk: chunk[:-3]])
def test_what_is_no_chunk_is_said_so(damage):
    damaged = damage(chunks.encode(made_of([ROW, NEIGHBOUR])))

    with pytest.raises(chunks.NotAChunk):
        chunks.decode(damaged)


@pytest.mark.parametrize("damage", [lambda chunk: b"", lambda chunk: b"\x02" + chunk[1:], lambda chunk: chunk[:9]])
def test_what_does_not_even_begin_as_a_chunk_is_said_so(damage):
    damaged = damage(chunks.encode(made_of([ROW, NEIGHBOUR])))

    with pytest.raises(chunks.NotAChunk):
        chunks.first(damaged)


def test_an_hour_of_a_quiet_lift_takes_a_few_bytes_a_reading():
    calm = pack("elevator", tuple(1 if isinstance(field, Choice) else None for field in KINDS["elevator"].fields))
    delays = np.random.default_rng(1).integers(1_000, 900_000, 720)

    chunk = chunks.encode(made_of([(5_000_000 * n, int(delay), "xzl", calm) for n, delay in enumerate(delays)]))

    assert len(chunk) / 720 < 3.5
