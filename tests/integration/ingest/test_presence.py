"""The watch over the monitors, on a real database with the clock as an argument: who is lost, with whom, and who came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from components.panels.feeds import condition
from data_access.engine import Store
from data_access.locks import Lock
from data_access.queries.overview import vendor_feeds
from data_access.repositories.presence import Word, set_words
from services.presence import Watched, watch
from services.telemetry_memory import Memory, refresh
from tests.integration.data_access.district import DISTRICT
from tests.integration.ingest.district import Rows, say, state
from tests.integration.ingest.town import Town

ALARMS = "SELECT family, level, reason, cleared_at IS NULL FROM alarms ORDER BY id"
OUTAGES = "SELECT cause, name, lost_count, back_count, ended_at IS NULL FROM outages ORDER BY id"
WORDS = "SELECT presence, count(*) FROM equipment_states GROUP BY 1 ORDER BY 1"


@pytest.fixture
def town(store: Store, url: str, now: datetime) -> Iterator[Town]:
    """Nobody yet."""
    made = Town(store, url, now)
    yield made
    made.close()


def feed_goes_on(store: Store, memory: Memory, since: datetime, *, minutes: int) -> None:
    """A vendor's own heartbeat, every minute."""
    for passed in range(minutes):
        say(store, memory, ("pt/v1/xzl/online", b'{"online": true}'), at=since + timedelta(minutes=passed))


@pytest.mark.parametrize(("silence", "presence"), [(240, "online"), (300, "online"), (301, "silent"), (900, "silent"), (901, "offline")])
def test_presence_follows_the_time_of_the_newest_reading(
    store: Store, memory: Memory, rows: Rows, now: datetime, silence: int, presence: str
) -> None:
    say(store, memory, state(0, now - timedelta(seconds=60)), state(0, now), at=now)
    feed_goes_on(store, memory, now, minutes=17)

    watch(store, now + timedelta(seconds=silence))

    assert rows("SELECT presence FROM equipment_states") == [(presence,)]


def test_a_machine_silent_in_a_speaking_feed_is_an_alarm_once_and_its_return_ends_it(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    say(store, memory, state(0, now), at=now)
    feed_goes_on(store, memory, now, minutes=20)

    looks = [watch(store, now + timedelta(seconds=seconds)) for seconds in (900, 910, 920)]

    assert [look.offline for look in looks if look] == [0, 1, 0]
    assert rows(ALARMS) == [("device_offline", "minor_fault", "minor", True)]
    assert rows("SELECT raised_at FROM alarms") == [(now + timedelta(seconds=900),)]

    back = now + timedelta(seconds=1100)
    refresh(store, memory)
    say(store, memory, state(0, back), at=back)

    assert [row[3] for row in rows(ALARMS)] == [False]
    assert rows("SELECT presence FROM equipment_states") == [("online",)]


def test_while_nobody_listened_nobody_was_lost_and_nobody_is_called_online(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(0, now), state(2, now), at=now)
    feed_goes_on(store, memory, now, minutes=5)

    watch(store, now + timedelta(hours=12))

    assert rows(ALARMS) == []
    assert rows(WORDS) == [("unknown", 2)]
    assert rows(OUTAGES) == [("platform", "", 0, 0, True)]


def beats(store: Store, memory: Memory, since: datetime, *, every: float, times: int) -> datetime:
    """A vendor's signs, each in two pieces; when the last came."""
    for n in range(times):
        at = since + timedelta(seconds=every * n)
        for piece in (at, at + timedelta(seconds=2)):
            say(store, memory, ("pt/v1/htk/online", b'{"online": true}'), at=piece)
    return at


def condition_of(store: Store, at: datetime) -> str:
    """What the tile of that vendor says."""
    with store.reading() as tx:
        return next(condition(asdict(row), at) for row in vendor_feeds(DISTRICT, tx, at=at) if row.name == "htk")


@pytest.mark.parametrize(("every", "patience"), [(10, 30), (60, 180), (240, 720)])
def test_a_feed_is_late_by_its_own_pace(store: Store, memory: Memory, now: datetime, every: float, patience: float) -> None:
    last = beats(store, memory, now, every=every, times=4) + timedelta(seconds=2)

    assert condition_of(store, last + timedelta(seconds=patience)) == "up"
    assert condition_of(store, last + timedelta(seconds=patience + 1)) == "down"


def test_one_outage_does_not_make_a_feed_slow(store: Store, memory: Memory, now: datetime) -> None:
    before = beats(store, memory, now, every=10, times=4)
    last = beats(store, memory, before + timedelta(minutes=20), every=10, times=2) + timedelta(seconds=2)

    assert condition_of(store, last + timedelta(seconds=31)) == "down"


def test_a_goodbye_counts_at_once_and_the_pause_after_it_teaches_nothing(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    last = beats(store, memory, now, every=10, times=2)
    say(store, memory, ("pt/v1/htk/online", b'{"online": false}'), at=last + timedelta(seconds=3))
    assert condition_of(store, last + timedelta(seconds=4)) == "down"

    beats(store, memory, last + timedelta(minutes=5), every=10, times=1)

    assert rows("SELECT pauses FROM vendors WHERE name = 'htk'") == [([10.0],)]


@pytest.mark.parametrize("cadence", [5, 60])
def test_three_thousand_lost_with_one_gateway_are_one_outage_within_a_minute(store: Store, town: Town, rows: Rows, cadence: float) -> None:
    behind = [*town.settle(1500, vendor="xzl", cadence=cadence, gateway="XZL-01", site="甲苑")]
    behind += town.settle(1500, vendor="xzl", cadence=cadence, gateway="XZL-01", site="乙苑")
    town.settle(600, vendor="xzl", cadence=cadence, gateway="XZL-02", site="丙苑")
    town.settle(300, vendor="htk", cadence=60, gateway="HTK-01", site="丁苑")
    assert town.pass_time(180) == Watched()
    last_word = town.silence(*behind)

    town.pass_time(60)

    assert rows(OUTAGES) == [("gateway", "XZL-01", 3000, 0, True)]
    [(started_at, detected_at, vendor)] = rows("SELECT started_at, detected_at, vendor FROM outages")
    assert (started_at, vendor) == (last_word, "xzl")
    assert detected_at - last_word <= timedelta(seconds=60)
    assert rows(WORDS) == [("online", 900), ("silent", 3000)]

    later = town.pass_time(1200)

    assert (later.begun, later.offline, rows(ALARMS)) == (0, 0, [])
    assert rows(WORDS) == [("offline", 3000), ("online", 900)]

    town.wake(*behind[:1000])
    town.pass_time(70)

    assert rows(OUTAGES) == [("gateway", "XZL-01", 3000, 1000, True)]
    assert rows(WORDS) == [("offline", 2000), ("online", 1900)]

    for one in range(1000, 3000, 500):
        town.wake(*behind[one : one + 500])
        town.pass_time(10)
    town.pass_time(70)

    assert rows(OUTAGES) == [("gateway", "XZL-01", 3000, 3000, False)]
    assert rows(WORDS) == [("online", 3900)]
    assert town.pass_time(300) == Watched()


def test_a_vendor_lost_is_one_outage_not_one_of_each_gateway(store: Store, town: Town, rows: Rows) -> None:
    behind = [number for n in range(12) for number in town.settle(30, vendor="htk", cadence=60, gateway=f"HTK-{n}", site=f"{n}苑")]
    town.settle(100, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.pass_time(180)
    town.silence(*behind)
    town.hang_up("htk")

    town.pass_time(180)

    assert rows(OUTAGES) == [("vendor", "htk", 360, 0, True)]

    town.wake(*behind)
    town.pass_time(70)

    assert rows(OUTAGES) == [("vendor", "htk", 360, 360, False)]


def test_all_vendors_of_a_site_lost_together_are_its_power(store: Store, town: Town, rows: Rows) -> None:
    dark = town.settle(8, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑") + town.settle(6, vendor="htk", cadence=60, site="甲苑")
    town.settle(40, vendor="xzl", cadence=60, gateway="XZL-01", site="乙苑")
    town.settle(40, vendor="htk", cadence=60, site="丙苑")
    town.pass_time(180)
    town.silence(*dark)

    town.pass_time(150)

    [(site_id,)] = rows("SELECT id FROM sites WHERE name = '甲苑'")
    assert rows(OUTAGES) == [("power", str(site_id), 14, 0, True)]


@pytest.mark.parametrize(("reported", "cause"), [(True, "power"), (False, "site")])
def test_a_reported_power_cut_explains_a_silent_building(store: Store, town: Town, rows: Rows, reported: bool, cause: str) -> None:
    dark = town.settle(10, vendor="xzl", cadence=60, site="甲苑")
    town.settle(100, vendor="xzl", cadence=60, site="乙苑")
    town.pass_time(180)
    if reported:
        town.tell(dark[0], "power_cut", "fault")
    town.silence(*dark)

    town.pass_time(150)

    assert [row[0] for row in rows(OUTAGES)] == [cause]


def test_our_own_outage_is_nobody_elses(store: Store, town: Town, rows: Rows) -> None:
    town.settle(400, vendor="xzl", cadence=5, gateway="XZL-01", site="甲苑")
    town.settle(200, vendor="htk", cadence=60, gateway="HTK-01", site="乙苑")
    town.pass_time(120)
    went = town.now
    town.fall_deaf()

    town.pass_time(600)

    assert rows(OUTAGES) == [("platform", "", 0, 0, True)]
    assert rows("SELECT started_at FROM outages") == [(went,)]
    assert rows(WORDS) == [("unknown", 600)]

    town.hear_again()
    again = town.pass_time(200)

    assert rows(OUTAGES) == [("platform", "", 0, 0, False)]
    assert (again.lost, again.offline, rows(ALARMS), rows(WORDS)) == (0, 0, [], [("online", 600)])


@pytest.mark.parametrize("seconds", [5, 12, 19, 24, 29])
def test_a_worker_that_was_away_for_a_moment_makes_nobody_lost(store: Store, town: Town, rows: Rows, seconds: int) -> None:
    town.settle(600, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.settle(30, vendor="htk", cadence=60, gateway="HTK-01", site="乙苑")
    town.pass_time(120)
    town.fall_deaf()
    town.pass_time(seconds)
    town.hear_again()

    town.pass_time(200)

    assert [row for row in rows(OUTAGES) if row[0] != "platform"] == []


def test_a_vendor_whose_worker_died_is_our_outage(store: Store, town: Town, rows: Rows) -> None:
    theirs = town.settle(200, vendor="htk", cadence=60, gateway="HTK-01", site="乙苑")
    town.settle(200, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.pass_time(120)
    town.sql("INSERT INTO ingest_marks (worker, batch, committed_at) VALUES ('ingest-htk', 1, %s)", (town.now,))
    town.silence(*theirs)
    town.hang_up("htk")

    town.pass_time(1200)

    assert rows(OUTAGES) == [("platform", "htk", 200, 0, True)]
    assert rows(WORDS) == [("online", 200), ("unknown", 200)]
    assert rows(ALARMS) == []


def test_a_vendor_of_four_minutes_is_never_lost_between_two_words(store: Store, town: Town, rows: Rows) -> None:
    town.settle(5, vendor="shy", cadence=240, gateway="SHY-01", site="甲苑")
    town.settle(2, vendor="shy", cadence=240, gateway="SHY-02", site="乙苑")
    town.settle(100, vendor="xzl", cadence=5, gateway="XZL-01", site="丙苑")

    assert town.pass_time(1800) == Watched()
    assert rows(WORDS) == [("online", 107)]


def test_a_slow_vendors_gateway_is_found_too(store: Store, town: Town, rows: Rows) -> None:
    behind = town.settle(200, vendor="shy", cadence=240, gateway="SHY-01", site="甲苑")
    town.settle(200, vendor="shy", cadence=240, gateway="SHY-02", site="乙苑")
    town.pass_time(600)
    town.silence(*behind)

    town.pass_time(60)

    assert rows(OUTAGES) == [("gateway", "SHY-01", 200, 0, True)]


def test_stopped_and_scrapped_machines_are_not_lost(store: Store, town: Town, rows: Rows) -> None:
    stopped = town.settle(20, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.settle(100, vendor="xzl", cadence=60, gateway="XZL-02", site="乙苑")
    town.pass_time(180)
    town.sql("UPDATE equipment SET use_status = CASE WHEN mod(id, 2) = 0 THEN 'stopped' ELSE 'scrapped' END WHERE gateway = 'XZL-01'")
    town.silence(*stopped)

    town.pass_time(1200)

    assert (rows(OUTAGES), rows(ALARMS)) == ([], [])


def test_an_alarm_of_a_single_machine_is_folded_into_the_outage(store: Store, town: Town, rows: Rows) -> None:
    behind = town.settle(40, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.settle(100, vendor="xzl", cadence=60, gateway="XZL-02", site="乙苑")
    town.pass_time(180)
    town.silence(*behind)
    town.tell(behind[0], "device_offline", "presence")

    town.pass_time(120)

    assert rows("SELECT cleared_at IS NULL, evidence FROM alarms") == [(False, {"outage": 1})]


def test_what_stays_silent_after_the_others_are_back_becomes_its_own_alarm(store: Store, town: Town, rows: Rows) -> None:
    behind = town.settle(40, vendor="xzl", cadence=60, gateway="XZL-01", site="甲苑")
    town.settle(100, vendor="xzl", cadence=60, gateway="XZL-02", site="乙苑")
    town.pass_time(180)
    town.silence(*behind)
    town.pass_time(120)

    town.wake(*behind[1:])
    town.pass_time(600)
    assert rows(OUTAGES) == [("gateway", "XZL-01", 40, 39, True)]
    town.pass_time(400)

    assert rows(OUTAGES) == [("gateway", "XZL-01", 40, 39, False)]
    assert rows("SELECT equipment_id, family FROM alarms WHERE cleared_at IS NULL") == [(behind[0], "device_offline")]


def test_a_group_that_speaks_in_bursts_is_learned(store: Store, town: Town, rows: Rows) -> None:
    behind = town.settle(40, vendor="xzl", cadence=10, gateway="XZL-01", site="甲苑")
    town.settle(200, vendor="xzl", cadence=10, gateway="XZL-02", site="乙苑")
    town.pass_time(180)
    for _ in range(7):
        town.silence(*behind)
        town.pass_time(120)
        town.wake(*behind)
        town.pass_time(60)

    assert len(rows(OUTAGES)) == 3


def test_a_word_does_not_wait_for_a_worker_that_is_writing_the_machine(
    store: Store, url: str, memory: Memory, rows: Rows, now: datetime
) -> None:
    say(store, memory, state(0, now), state(2, now), at=now)
    words = [Word(number, "silent", now) for (number,) in rows("SELECT equipment_id FROM equipment_states ORDER BY 1")]
    with psycopg.connect(url) as worker:
        worker.execute(
            "UPDATE equipment_states SET sampled_at = sampled_at + interval '1 s' WHERE equipment_id = %s", (words[0].equipment_id,)
        )
        with store.transaction() as tx:
            tx.execute(text("SET LOCAL lock_timeout = '200ms'"))

            assert set_words(tx, words) == 1

    assert rows("SELECT presence FROM equipment_states ORDER BY equipment_id") == [("online",), ("silent",)]


def test_one_watch_leads(store: Store, url: str, now: datetime) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (Lock.PRESENCE,))

        assert watch(store, now) is None
        other.execute("SELECT pg_advisory_unlock(%s)", (Lock.PRESENCE,))

    assert watch(store, now) is not None
