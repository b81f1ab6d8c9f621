"""What time alone does: waiting, retention. The clock is an argument, so a day passes at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store
from data_access.locks import Lock
from data_access.partitions import READINGS
from data_access.repositories.accounts import NewAccount
from domain.scope import Role
from domain.thresholds import CHUNKS_KEPT
from services import identity
from services.compaction import PARTITIONS_A_TICK
from services.identity import LONGEST, SignInRefused
from services.lockout import LOCKED_FOR
from services.schedule import Minute, minute
from services.telemetry_memory import Memory, refresh
from tests.integration.ingest.district import Rows, event, say, state

ALARMS = "SELECT family, level, reason, cleared_at IS NULL FROM alarms ORDER BY id"


@pytest.mark.parametrize(("waited", "level"), [(3599, "entrapment"), (3600, "emergency")])
def test_an_hour_in_the_car_is_an_emergency(store: Store, memory: Memory, rows: Rows, now: datetime, waited: int, level: str) -> None:
    say(store, memory, event(0, now, "a"), at=now)

    minute(store, now + timedelta(seconds=waited))

    assert [row[1] for row in rows(ALARMS)] == [level]
    assert rows("SELECT occurrences FROM alarms") == [(1,)]


@pytest.mark.parametrize(("code", "family"), [("14", "button_stuck"), ("102", "door_held_open")])
def test_a_vendors_word_that_nobody_repeats_fades_and_the_worker_forgets_it_too(
    store: Store, memory: Memory, rows: Rows, now: datetime, code: str, family: str
) -> None:
    say(store, memory, event(0, now, "fault", code=code), event(0, now, "trapped", code="7"), at=now)

    minute(store, now + timedelta(seconds=9001))
    refresh(store, memory)

    assert [(row[0], row[3]) for row in rows(ALARMS)] == [(family, False), ("entrapment", True)]
    assert [set(known.docket.standing) for known in memory.standing().values()] == [{"entrapment"}]


def test_partitions_are_made_ahead_a_few_at_a_time_and_old_ones_dropped(store: Store, rows: Rows, now: datetime) -> None:
    made = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'readings'::regclass"
    hours = 0
    while (done := minute(store, now)) != Minute():
        assert done is not None
        assert done.partitions_made <= PARTITIONS_A_TICK + 8  # the months of two tables
        hours += done.partitions_made
    ahead = rows(made)

    done = minute(store, now + timedelta(days=7))

    assert done is not None
    assert hours > 24 * 8
    assert ahead[0][0] > 24 * 8
    assert done.partitions_dropped > 24 * 6
    assert rows(f"SELECT count(*) FROM pg_class WHERE relname = '{READINGS.name(now + timedelta(days=7))}'") == [(1,)]


def test_a_reading_of_long_ago_is_history_for_thirteen_months(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(0, now - timedelta(days=40)), at=now)
    chunks = "SELECT n FROM reading_chunks"
    kept = timedelta(days=CHUNKS_KEPT.default)

    minute(store, now + timedelta(hours=1))
    merged = rows(chunks)
    minute(store, now - timedelta(days=40) + kept)
    before = rows(chunks)
    minute(store, now - timedelta(days=40) + kept + timedelta(days=31))

    assert (merged, before, rows(chunks)) == ([(1,)], [(1,)], [])


def test_refused_messages_are_kept_for_thirty_days(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, (state(0, now)[0], b"{"), at=now)

    minute(store, now + timedelta(days=30))
    kept = rows("SELECT count(*) FROM quarantine")
    minute(store, now + timedelta(days=30, seconds=1))

    assert (kept, rows("SELECT count(*) FROM quarantine")) == ([(1,)], [(0,)])


def test_sessions_that_ended_and_walls_that_were_taken_down_are_forgotten(store: Store, rows: Rows, now: datetime) -> None:
    with store.transaction() as tx:
        for name, role in (("person", Role.OFFICE), ("wall", Role.WALL)):
            identity.create_account(tx, NewAccount(username=name, name=name, role=role), "a long enough word")
    tokens = {
        name: identity.sign_in(store, name.partition(" ")[0], "a long enough word", address="", at=now).token
        for name in ("person", "wall", "wall that is used", "wall signed out")
    }
    identity.sign_out(store, tokens["wall signed out"], at=now)
    open_sessions = "SELECT count(*) FROM sessions"

    minute(store, now)
    after_a_sign_out = rows(open_sessions)
    minute(store, now + LONGEST + timedelta(seconds=1))
    after_a_day = rows(open_sessions)
    identity.find_session(store, tokens["wall that is used"], at=now + timedelta(days=29))
    minute(store, now + timedelta(days=30, seconds=1))

    assert (after_a_sign_out, after_a_day, rows(open_sessions)) == ([(3,)], [(2,)], [(1,)])


def test_wrong_passwords_of_a_quarter_of_an_hour_ago_are_forgotten(store: Store, rows: Rows, now: datetime) -> None:
    with pytest.raises(SignInRefused):
        identity.sign_in(store, "nobody", "wrong", address="192.0.2.1", at=now)
    kept = "SELECT count(*) FROM sign_in_failures"

    minute(store, now + LOCKED_FOR)
    before = rows(kept)
    minute(store, now + LOCKED_FOR + timedelta(seconds=1))

    assert (before, rows(kept)) == ([(2,)], [(0,)])


def test_one_schedule_leads(store: Store, url: str, now: datetime) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (Lock.SCHEDULE,))

        assert minute(store, now) is None
        other.execute("SELECT pg_advisory_unlock(%s)", (Lock.SCHEDULE,))

    assert minute(store, now) is not None
