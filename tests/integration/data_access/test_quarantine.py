"""Refused messages: all counted, a bounded number kept, found again, and offered again exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from data_access.engine import Store, connect
from data_access.quarantine_filter import Refusals
from data_access.repositories import quarantine, quarantine_replay, vendors
from data_access.repositories.quarantine import Refused
from domain.errors import Conflict, Invalid, NotPermitted
from domain.quarantine import KEPT_BYTES, ReplayState
from domain.scope import ALL, Actor, Role, Scope
from services import quarantine as service

MINUTE = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
EVERYTHING = [".*"]
ANY = Refusals()


@pytest.fixture
def store(fresh_database: Callable[[], str]) -> Iterator[Store]:
    """A database of its own with two vendors."""
    opened = connect(fresh_database())
    with opened.transaction() as tx:
        vendors.add_all(tx, [("xzl", "迅智联"), ("htk", "恒通控")])
    yield opened
    opened.close()


def refused(number: int, *, vendor: str = "xzl", reason: str = "bad_value", at: datetime = MINUTE, **changes: object) -> Refused:
    """An invented message."""
    topic = f"pt/v1/{vendor}/elevator/{number:020}/state"
    return Refused(**{"vendor": vendor, "topic": topic, "reason": reason, "payload": b'{"Speed": "fast"}', "received_at": at, **changes})


def put(store: Store, *messages: Refused, per_minute: int = 1000) -> int:
    with store.transaction() as tx:
        return quarantine.put(tx, messages, per_minute=per_minute)


def rows(store: Store, statement: str) -> list[tuple[object, ...]]:
    with store.reading() as tx:
        return tx.rows(text(statement))


def kept(store: Store) -> int:
    return int(rows(store, "SELECT count(*) FROM quarantine")[0][0])


def counted(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT vendor, reason, sum(count), sum(kept), sum(kept_bytes) FROM quarantine_counts GROUP BY 1, 2 ORDER BY 1, 2")


def actor(role: Role = Role.BUREAU) -> Actor:
    return Actor(1, "wang", "王建国", Scope(role, ALL, None, ALL), "192.0.2.7")


def ask(store: Store, wanted: Refusals = ANY, *, at: datetime = MINUTE) -> int:
    with store.transaction() as tx:
        return quarantine_replay.request(tx, wanted, by="wang", at=at, limit=100)


def due(store: Store, *topics: str) -> list[int]:
    with store.reading() as tx:
        return [row.id for row in quarantine_replay.due(tx, topics=topics or EVERYTHING, limit=100)]


def settle(store: Store, ids: list[int], outcome: ReplayState) -> None:
    with store.transaction() as tx:
        why = ("bad_value", "Speed") if outcome is ReplayState.REFUSED else None
        quarantine_replay.settle(tx, dict.fromkeys(ids, why), at=MINUTE)


class TestBounds:
    """How much is kept."""

    def test_of_a_flood_the_first_are_kept_and_all_are_counted(self, store: Store) -> None:
        assert put(store, *(refused(n) for n in range(7)), per_minute=10) == 7
        assert put(store, *(refused(n) for n in range(7)), per_minute=10) == 7
        assert put(store, refused(99), per_minute=10) == 1

        assert kept(store) == 10
        assert counted(store) == [("xzl", "bad_value", 15, 10, 170)]

    def test_the_limit_is_of_one_vendor_and_reason_and_minute(self, store: Store) -> None:
        others = [refused(1, vendor="htk"), refused(1, reason="not_json"), refused(1, at=MINUTE + timedelta(minutes=1))]

        put(store, refused(1), refused(2), *others, per_minute=1)

        assert kept(store) == 4

    def test_senders_that_are_no_vendor_share_one_count(self, store: Store) -> None:
        put(store, *(refused(n, vendor=f"stranger-{n}") for n in range(5)), refused(1), per_minute=2)

        assert kept(store) == 3
        assert [row[:4] for row in counted(store)] == [("", "bad_value", 5, 2), ("xzl", "bad_value", 1, 1)]

    def test_what_came_again_is_neither_kept_nor_counted_twice(self, store: Store) -> None:
        put(store, refused(1))

        assert put(store, refused(1, again=True)) == 0
        assert counted(store)[0][2] == 1

    def test_of_a_long_payload_the_beginning_is_kept_and_counted(self, store: Store) -> None:
        put(store, refused(1, payload=b"x" * (KEPT_BYTES + 5)))

        assert rows(store, "SELECT size, octet_length(payload) FROM quarantine") == [(KEPT_BYTES + 5, KEPT_BYTES)]
        assert counted(store)[0][4] == KEPT_BYTES

    def test_the_oldest_go_when_payloads_do_not_fit_and_stay_counted(self, store: Store) -> None:
        for minute in range(4):
            put(store, *(refused(n, payload=b"x" * 100, at=MINUTE + timedelta(minutes=minute, seconds=n)) for n in range(3)))

        with store.transaction() as tx:
            dropped = quarantine_replay.shrink(tx, to_bytes=700, at=MINUTE + timedelta(hours=1))

        assert dropped == 6
        assert rows(store, "SELECT DISTINCT date_trunc('minute', received_at) FROM quarantine ORDER BY 1") == [
            (MINUTE + timedelta(minutes=2),),
            (MINUTE + timedelta(minutes=3),),
        ]
        assert counted(store) == [("xzl", "bad_value", 12, 6, 600)]

    def test_what_fits_stays(self, store: Store) -> None:
        put(store, refused(1, payload=b"x" * 100))

        with store.transaction() as tx:
            assert quarantine_replay.shrink(tx, to_bytes=100, at=MINUTE) == 0

    def test_old_messages_go_old_minutes_become_days_and_no_count_is_lost(self, store: Store) -> None:
        for days in (0, 3, 3, 40):
            put(store, refused(days, at=MINUTE - timedelta(days=days)), refused(days, at=MINUTE - timedelta(days=days, hours=1)))

        with store.transaction() as tx:
            dropped = service.tidy(tx, {}, MINUTE)

        assert dropped == 2
        assert counted(store) == [("xzl", "bad_value", 8, 6, 102)]
        assert rows(store, "SELECT minute, count FROM quarantine_counts ORDER BY minute DESC")[:3] == [
            (MINUTE, 1),
            (MINUTE - timedelta(hours=1), 1),
            (datetime(2026, 11, 17, tzinfo=UTC), 4),
        ]


class TestReplay:
    """Asking, taking, settling."""

    def test_what_was_asked_for_is_due_in_the_order_in_which_it_came(self, store: Store) -> None:
        put(store, refused(1, at=MINUTE + timedelta(seconds=5)), refused(2), refused(3, reason="not_json"))

        assert ask(store, Refusals(reasons=("bad_value",))) == 2

        with store.reading() as tx:
            found = quarantine_replay.due(tx, topics=EVERYTHING, limit=100)
        assert [(row.topic[-7:], row.payload, row.received_at) for row in found] == [
            ("2/state", b'{"Speed": "fast"}', MINUTE),
            ("1/state", b'{"Speed": "fast"}', MINUTE + timedelta(seconds=5)),
        ]

    def test_a_worker_is_given_what_its_topics_cover(self, store: Store) -> None:
        put(store, refused(1), refused(2, vendor="htk"))
        ask(store)

        assert len(due(store, "^pt/v1/xzl/.*$")) == 1
        assert len(due(store, "^pt/v1/xzl/.*$", "^pt/v1/[^/]+/elevator/.*$")) == 2
        assert due(store, "^pt/v1/xzl/forklift/.*$") == []

    def test_what_is_settled_is_due_no_more(self, store: Store) -> None:
        put(store, refused(1), refused(2))
        ask(store)

        settle(store, due(store)[:1], ReplayState.ACCEPTED)

        assert len(due(store)) == 1

    def test_the_second_of_two_workers_is_undone(self, store: Store) -> None:
        put(store, refused(1), refused(2))
        ask(store)
        ids = due(store)
        settle(store, ids[:1], ReplayState.ACCEPTED)

        with pytest.raises(Conflict):
            settle(store, ids, ReplayState.ACCEPTED)

        assert due(store) == ids[1:]

    def test_what_was_refused_again_may_be_asked_for_again_and_what_was_accepted_not(self, store: Store) -> None:
        put(store, refused(1), refused(2))
        ask(store)
        first, second = due(store)
        settle(store, [first], ReplayState.ACCEPTED)
        settle(store, [second], ReplayState.REFUSED)

        assert ask(store) == 1
        assert due(store) == [second]

    def test_what_waits_already_is_not_asked_for_twice(self, store: Store) -> None:
        put(store, refused(1))

        assert (ask(store), ask(store)) == (1, 0)

    @pytest.mark.parametrize(
        "message",
        [
            refused(1, payload=b"x" * (KEPT_BYTES + 1)),
            refused(1, payload=b""),
            refused(1, topic="pt/v1/xzl/online"),
        ],
        ids=["cut", "nothing kept", "presence of then"],
    )
    def test_some_cannot_be_offered_again(self, store: Store, message: Refused) -> None:
        put(store, message)

        assert ask(store) == 0

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (Refusals(), 4),
            (Refusals(vendors=("htk",)), 1),
            (Refusals(reasons=("not_json", "future")), 2),
            (Refusals(since=MINUTE + timedelta(minutes=1)), 1),
            (Refusals(until=MINUTE + timedelta(minutes=1)), 3),
            (Refusals(text="000000002/state"), 1),
            (Refusals(text="%"), 0),
            (Refusals(ids=(1, 2)), 2),
            (Refusals(states=("refused",)), 0),
            (Refusals(states=("kept",)), 4),
        ],
        ids=lambda value: None if isinstance(value, int) else str(value),
    )
    def test_a_request_is_for_what_the_filter_shows(self, store: Store, wanted: Refusals, found: int) -> None:
        later = MINUTE + timedelta(minutes=1)
        put(store, refused(1), refused(2, vendor="htk"), refused(3, reason="not_json"), refused(4, reason="future", at=later))

        assert ask(store, wanted) == found

    def test_a_request_is_audited_with_its_reason(self, store: Store) -> None:
        put(store, refused(1), refused(2, vendor="htk"))

        assert service.request_replay(actor(), store, Refusals(vendors=("xzl",)), why="已登记设备", at=MINUTE) == 1

        assert rows(store, "SELECT username, action, object, after, reason, address FROM audit_log") == [
            ("wang", "replay_quarantine", "quarantine", {"requested": 1, "filter": {"vendors": ["xzl"]}}, "已登记设备", "192.0.2.7")
        ]

    def test_nobody_asks_without_the_grant_or_without_a_reason(self, store: Store) -> None:
        put(store, refused(1))

        with pytest.raises(NotPermitted):
            service.request_replay(actor(Role.STREET), store, Refusals(), why="试试", at=MINUTE)
        with pytest.raises(Invalid):
            service.request_replay(actor(), store, Refusals(), why="  ", at=MINUTE)

        assert due(store) == []
