"""Lists of the city platform are read whole and once, also while they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.sources.city_platform.pull import OVERLAP, SIZE
from tests.fake_city_platform import City
from tests.integration.ingest.city_platform.conftest import LIFTS, LOGIN, LONG_AGO_MS, START, START_MS, Clock


def test_every_resource_is_read_to_its_end_once(city: City, pull, stored, feed, look) -> None:
    city.fill(LIFTS, 2 * SIZE + 7, modified=LONG_AGO_MS)
    city.fill("maintenanceRecords", SIZE, modified=LONG_AGO_MS, key="workOrderNumber")
    city.fill("liftInspects", 3, modified=LONG_AGO_MS)

    assert pull() is None

    assert [stored(name) for name in (LIFTS, "maintenanceRecords", "liftInspects", "liftMaintenanceUses")] == [2 * SIZE + 7, SIZE, 3, 0]
    row = feed()
    newest = datetime.fromtimestamp(LONG_AGO_MS / 1000, UTC) + timedelta(seconds=2 * SIZE + 6)
    assert (row["pulled"], row["rejected"], row["failures"], row["lag_seconds"], row["last_error"]) == (2 * SIZE + 7, 0, 0, 0, None)
    assert (row["last_ok_at"], row["last_record_at"], row["cursor_at"]) == (START, START, newest)
    assert feed("liftMaintenanceUses")["last_record_at"] is None
    assert city.asked[LOGIN] == 1
    assert look("SELECT body ->> 'address' AS address FROM exchange_records ORDER BY key LIMIT 1") == [{"address": "长寿路 0 号"}]


def test_reading_again_asks_for_what_changed_and_doubles_nothing(city: City, pull, stored, feed, look, clock: Clock) -> None:
    city.fill(LIFTS, 20, modified=LONG_AGO_MS)
    pull()
    received = look("SELECT key, received_at FROM exchange_records ORDER BY key")

    clock.at += timedelta(minutes=5)
    city.records[LIFTS][3] |= {"address": "迁移", "lastModifiedDate": START_MS}
    city.records[LIFTS].append({"registerNumber": "new", "lastModifiedDate": START_MS + 1})
    pull()

    assert (stored(), feed()["pulled"]) == (21, 22)
    changed = look(f"SELECT key FROM exchange_records WHERE received_at = '{clock.at.isoformat()}' ORDER BY key")
    assert [row["key"] for row in changed] == [city.records[LIFTS][3]["registerNumber"], "new"]
    assert len(received) == 20
    assert city.since[:1] == [0]
    assert max(city.since) == LONG_AGO_MS + 19_000 - int(OVERLAP.total_seconds() * 1000)


def test_an_older_version_that_comes_late_changes_nothing(city: City, pull, look) -> None:
    city.records[LIFTS] = [{"registerNumber": "a", "lastModifiedDate": START_MS, "address": "new"}]
    pull()

    city.records[LIFTS] = [{"registerNumber": "a", "lastModifiedDate": START_MS - 1_000, "address": "old"}]
    pull()

    assert look("SELECT body ->> 'address' AS address FROM exchange_records") == [{"address": "new"}]


def test_a_record_that_moves_while_it_is_read_pushes_no_other_through(city: City, pull, stored, feed) -> None:
    """The first record is modified after the first page: all others slip one place forward, one of them onto the page just read."""
    city.fill(LIFTS, 2 * SIZE, modified=LONG_AGO_MS)
    moved = iter([True])

    def modify(number: int) -> None:
        if number == 0 and next(moved, False):
            city.records[LIFTS][0] |= {"lastModifiedDate": START_MS, "address": "moved"}

    city.after_page = modify

    assert pull() is None
    assert (stored(), feed()["failures"]) == (2 * SIZE, 0)


def test_a_list_that_never_rests_does_not_move_the_cursor(city: City, pull, stored, feed) -> None:
    city.fill(LIFTS, 2 * SIZE, modified=LONG_AGO_MS)
    city.after_page = lambda number: city.records[LIFTS].append(
        {"registerNumber": f"n{len(city.records[LIFTS])}", "lastModifiedDate": START_MS}
    )

    assert pull() == 0.0

    assert "changed during" in feed()["last_error"]
    assert (feed()["cursor_at"], stored() >= 2 * SIZE) == (None, True)


def test_a_record_that_the_platform_holds_twice_does_not_keep_it_from_settling(city: City, pull, stored, feed) -> None:
    city.fill(LIFTS, SIZE + 5, modified=LONG_AGO_MS)
    city.records[LIFTS] += [dict(city.records[LIFTS][0]), dict(city.records[LIFTS][-1])]

    assert pull() is None
    assert (stored(), feed()["failures"], feed()["cursor_at"] is None) == (SIZE + 5, 0, False)


def test_smaller_pages_than_asked_for_are_read_to_the_end(city: City, pull, stored) -> None:
    city.fill(LIFTS, 70, modified=LONG_AGO_MS)
    city.largest_page = 20

    assert pull() is None
    assert stored() == 70


def test_what_is_no_record_is_counted_and_the_rest_kept(city: City, pull, stored, feed) -> None:
    good = {"registerNumber": "good", "lastModifiedDate": LONG_AGO_MS}
    unregistered = {"manufacturerCode": "91310000MA1K", "leaveFactoryNumber": 7788, "lastModifiedDate": LONG_AGO_MS}
    nasty = {"registerNumber": "nasty", "lastModifiedDate": LONG_AGO_MS, "address": "\u0000 \\ ' \U0001f6d7"}
    bad = [{}, {"registerNumber": ["x"]}, {"registerNumber": "x" * 201}, {"registerNumber": "a\nb"}, {"registerNumber": True}]
    city.records[LIFTS] = [good, unregistered, nasty, *[{**entry, "n": n} for n, entry in enumerate(bad)]]

    assert pull() is None
    assert (stored(), feed()["rejected"]) == (3, len(bad))


def test_a_modification_in_the_future_does_not_hide_what_comes_after(city: City, pull, stored, clock: Clock) -> None:
    city.records[LIFTS] = [{"registerNumber": "ahead", "lastModifiedDate": START_MS + 10**9}]
    pull()
    city.records[LIFTS].append({"registerNumber": "later", "lastModifiedDate": START_MS})

    assert pull() is None
    assert stored() == 2
