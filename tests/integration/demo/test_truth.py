"""What the simulator made go wrong reaches the demonstration's truth board, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from data_access.alarm_conditions import AlarmFilter
from data_access.engine import Store, connect
from data_access.queries import alarms, truth
from data_access.repositories import alarms as alarm_rows
from data_access.repositories import equipment
from demo.truth import Truth
from demo.truth_rows import load
from domain.errors import WrongDistrict
from services.truth import Basis, By, View, board
from tests.integration.data_access.district import AT, DISTRICT, machine, raised

HOUR = timedelta(hours=1)
SINCE = AT - timedelta(days=1)
EVERY = AlarmFilter(detected_since=SINCE)


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
def database(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Three lifts."""
    opened = connect(url)
    with opened.transaction() as tx:
        equipment.add_all(tx, [machine(id=number, code=f"lift-{number}", monitor_vendor=None) for number in (1, 2, 3)])
    yield opened
    opened.close()


def mishap(number: int, family: str = "entrapment", *, hours: float = 2, also: tuple[str, ...] = ()) -> Truth:
    """One of ten minutes, so many hours ago."""
    starts_at = (AT - hours * HOUR).timestamp()
    return Truth(
        f"xzl-{number}-{hours}-{family}", family, number, f"lift-{number}", family, also, starts_at, starts_at + 600, "xzl", told=False
    )


def written(path: Path, *mishaps: Truth) -> Path:
    path.write_text("".join(json.dumps(truth.record()) + "\n" for truth in mishaps), encoding="utf-8")
    return path


def demonstration(database: psycopg.Connection) -> None:
    database.execute("INSERT INTO deployments (mode) VALUES ('demonstration')")


@pytest.fixture
def judged(store: Store, database: psycopg.Connection, tmp_path: Path) -> Store:
    """Two entrapments of which one was reported, an overrun that opened two alarms, one alarm for nothing, one before all that."""
    demonstration(database)
    load(
        store,
        written(
            tmp_path / "truth.jsonl",
            mishap(1),
            mishap(2),
            mishap(3, "overrun_top", also=("safety_circuit_open",)),
            mishap(1, "overspeed", hours=0.05),
        ),
    )
    with store.transaction() as tx:
        reported = (
            raised(1, "entrapment", at=AT - 2 * HOUR + timedelta(minutes=1)),
            raised(3, "overrun_top", at=AT - 2 * HOUR),
            raised(3, "safety_circuit_open", at=AT - 2 * HOUR),
            raised(2, "overspeed", at=AT - HOUR),
            raised(1, "door_held_open", at=AT - 5 * HOUR),
        )
        alarm_rows.raise_(tx, reported)
    return store


def test_alarms_are_judged_by_what_was_made_to_go_wrong(judged: Store) -> None:
    with judged.reading() as tx:
        found = board(DISTRICT, tx, view=View(1, By.RULE, Basis.SIMULATOR), wanted=EVERY, at=AT)
        undetected = truth.undetected(DISTRICT, tx, since=SINCE, at=AT)

    total = found.total.tally
    assert (total.confirmed, total.false, total.unjudged) == (3, 1, 1)  # what came before the simulator began nobody can judge
    assert (total.detected, total.missed) == (2, 1)  # a mishap that is not over yet is neither
    assert [(row.code, row.family) for row in undetected] == [("lift-2", "entrapment")]


@pytest.mark.parametrize(("explained", "families"), [(True, {"entrapment", "overrun_top", "safety_circuit_open"}), (False, {"overspeed"})])
def test_the_list_finds_the_alarms_the_board_counts(judged: Store, explained: bool, families: set[str]) -> None:
    with judged.reading() as tx:
        listed = alarms.recent(DISTRICT, tx, wanted=AlarmFilter(explained=explained))

    assert {row.family for row in listed} == families


def test_the_simulators_word_is_never_mixed_with_that_of_people(judged: Store) -> None:
    with judged.reading() as tx:
        found = board(DISTRICT, tx, view=View(1, By.RULE, Basis.VERDICTS), wanted=EVERY, at=AT)

    assert (found.total.tally.unjudged, found.total.tally.missed, found.total.precision, found.total.recall) == (5, 0, None, None)


def test_a_real_district_takes_no_invented_truth_and_shows_none(judged: Store, database: psycopg.Connection, tmp_path: Path) -> None:
    database.execute("UPDATE deployments SET mode = 'real'")

    with pytest.raises(WrongDistrict):
        load(judged, written(tmp_path / "other.jsonl", mishap(3)))
    with judged.reading() as tx:
        found = board(DISTRICT, tx, view=View(1, By.RULE, Basis.SIMULATOR), wanted=EVERY, at=AT)
        explained = alarms.recent(DISTRICT, tx, wanted=AlarmFilter(explained=True))
        undetected = truth.undetected(DISTRICT, tx, since=SINCE, at=AT)

    assert (found.basis, found.demonstration, found.total.tally.unjudged) == (Basis.VERDICTS, False, 5)
    assert (explained, undetected) == ([], [])


def test_a_growing_file_is_read_once_and_a_broken_line_is_passed_over(store: Store, database: psycopg.Connection, tmp_path: Path) -> None:
    demonstration(database)
    path = written(tmp_path / "truth.jsonl", mishap(1), mishap(2))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"id": "half')

    first, new = load(store, path)
    assert (first, new) == (len(whole), 2)

    path.write_bytes(path.read_bytes() + b"\n" + json.dumps(mishap(3).record()).encode() + b"\n")
    second, new = load(store, path, offset=first)
    assert (second, new) == (path.stat().st_size, 1)

    assert load(store, path) == (second, 0)
    assert database.execute("SELECT count(*) FROM demo_truths").fetchone() == (3,)


def test_no_file_is_no_truth(store: Store, tmp_path: Path) -> None:
    assert load(store, tmp_path / "nothing.jsonl") == (0, 0)
