"""A threshold is tried on stored history before it is put in force, and live data stays as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access.engine import Store
from data_access.queries import back_tests as queries
from data_access.queries.back_tests import BackTestRow
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import ALL, Actor, Role, Scope
from services import back_test, rule_settings
from services.rule_settings import Wish
from services.telemetry_memory import Memory
from tests.integration.ingest.district import Rows, say, state

KEY = "elevator.entrapment_seconds"
TRAPPED = {"Passenger_Status": True}
OPEN_DOOR = {"Passenger_Status": True, "Door_Status": 4, "Door_Close_Status": False}
WHOLE = Scope(Role.BUREAU, ALL, None, ALL)
STAYS = {0: 45, 1: 75, 2: 200}  # seconds behind shut doors, by lift


@pytest.fixture
def actor(url: str) -> Actor:
    """Somebody of the bureau."""
    return _account(url, "bureau", WHOLE)


def _account(url: str, username: str, scope: Scope) -> Actor:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO accounts (username, password_hash, name, role) VALUES (%s, '', '王工', %s) RETURNING id",
            (username, scope.role.value),
        ).fetchone()
    assert row is not None
    return Actor(row[0], username, "王工", scope)


@pytest.fixture(autouse=True)
def _history(store: Store, memory: Memory, now: datetime) -> None:
    for number, stay in STAYS.items():
        said = [state(number, now + timedelta(seconds=second), **TRAPPED) for second in range(0, stay, 5)]
        say(store, memory, *said, state(number, now + timedelta(seconds=stay), **OPEN_DOOR), at=now)


def tried(store: Store, actor: Actor, now: datetime, trial: float, **options: Any) -> BackTestRow:
    """A test that ran to its end."""
    span = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    number = back_test.begin(actor, store, key=KEY, trial=trial, kind="elevator", at=now, **{**span, **options})
    back_test.run(store, actor.scope, number, clock=lambda: now)
    with store.reading() as tx:
        found = queries.by_id(actor.scope, tx, number=number)
    assert found is not None
    return found


def differing(test: BackTestRow) -> list[tuple[str, str]]:
    """What differs: change and machine."""
    assert test.result is not None
    return [(one["change"], one["name"]) for one in test.result["listed"]]


@pytest.mark.parametrize(
    ("trial", "differences", "alarms"),
    [
        (40, [("added", "0号梯"), ("moved", "1号梯"), ("moved", "2号梯")], 3),
        (60, [], 2),
        (75, [("removed", "1号梯"), ("moved", "2号梯")], 1),
        (300, [("removed", "1号梯"), ("removed", "2号梯")], 0),
    ],
)
def test_a_trial_says_what_it_would_add_take_away_and_move(
    store: Store, actor: Actor, now: datetime, trial: float, differences: list[tuple[str, str]], alarms: int
):
    test = tried(store, actor, now, trial)

    assert (test.state, differing(test)) == ("done", differences)
    assert test.result is not None
    rules = {row["rule"]: row for row in test.result["rules"]}
    assert rules["entrapment_door_closed"]["present"] == 2
    assert sum(row["trial"] for row in rules.values()) == alarms


def test_a_trial_leaves_live_data_as_it_is(store: Store, actor: Actor, rows: Rows, now: datetime):
    tables = ("alarms", "readings", "equipment_states", "events", "rule_settings")
    before = [rows(f"SELECT * FROM {table}") for table in tables]

    tried(store, actor, now, 40)

    assert [rows(f"SELECT * FROM {table}") for table in tables] == before
    assert len(before[0]) == 2


def test_an_alarm_of_the_present_is_linked_by_its_number(store: Store, actor: Actor, rows: Rows, now: datetime):
    test = tried(store, actor, now, 300)

    assert test.result is not None
    assert sorted(one["alarm"] for one in test.result["listed"]) == sorted(number for (number,) in rows("SELECT id FROM alarms"))


def test_a_trial_is_of_the_chosen_machines_alone(store: Store, actor: Actor, now: datetime):
    by_vendor = tried(store, actor, now, 300, vendor="htk")
    by_street = tried(store, actor, now, 300, streets=("310107005",))
    by_time = tried(store, actor, now, 300, since=now + timedelta(minutes=30))

    assert (differing(by_vendor), by_vendor.machines) == ([("removed", "1号梯")], 1)
    assert (len(differing(by_street)), by_street.machines) == (2, 2)
    assert differing(by_time) == []


def test_one_test_at_a_time_and_account(store: Store, url: str, actor: Actor, now: datetime):
    span = {"since": now - timedelta(hours=1), "until": now}
    back_test.begin(actor, store, key=KEY, trial=90, kind="elevator", at=now, **span)

    with pytest.raises(Conflict):
        back_test.begin(actor, store, key=KEY, trial=91, kind="elevator", at=now, **span)
    other = _account(url, "admin", Scope(Role.SYSTEM_ADMIN, ALL, None, ALL))
    back_test.begin(other, store, key=KEY, trial=92, kind="elevator", at=now, **span)
    later = now + back_test.SILENT + timedelta(seconds=1)  # its program gave no sign of life
    back_test.begin(actor, store, key=KEY, trial=93, kind="elevator", at=later, **span)


def test_a_stopped_test_keeps_what_it_found(store: Store, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(back_test, "MACHINES", 1)
    number = back_test.begin(actor, store, key=KEY, trial=300, kind="elevator", since=now - timedelta(hours=1), until=now, at=now)
    back_test.stop(actor, store, number, at=now)

    assert back_test.run(store, actor.scope, number, clock=lambda: now) == "stopped"
    with store.reading() as tx:
        test = queries.by_id(WHOLE, tx, number=number)
    assert test is not None
    assert (test.state, test.machines_done, test.machines) == ("stopped", 1, 3)


def test_a_test_ends_at_its_bound_of_readings(store: Store, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(back_test, "MACHINES", 1)
    monkeypatch.setattr(back_test, "MOST_READINGS", 5)

    assert tried(store, actor, now, 300).state == "cut"


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"key": "no.such"}, NotFound),
        ({"trial": 0}, Invalid),
        ({"kind": "crane"}, Invalid),
        ({"key": "presence.silent_seconds"}, Invalid),
        ({"since": datetime.fromisoformat("2026-01-01T00:00:00Z")}, Invalid),
    ],
)
def test_what_cannot_be_tried_is_refused(store: Store, actor: Actor, now: datetime, wish: dict[str, Any], refusal: type[Exception]):
    plain = {"key": KEY, "trial": 90, "kind": "elevator", "since": now - timedelta(hours=1), "until": now}

    with pytest.raises(refusal):
        back_test.begin(actor, store, at=now, **{**plain, **wish})


@pytest.mark.parametrize(
    "scope", [Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), Scope(Role.BUREAU, ("310107005",), None, ALL)], ids=["role", "one-street"]
)
def test_who_may_not_change_rules_may_not_try_them(store: Store, url: str, now: datetime, scope: Scope):
    nobody = _account(url, "nobody", scope)

    with pytest.raises(NotPermitted):
        back_test.begin(nobody, store, key=KEY, trial=90, kind="elevator", since=now - timedelta(hours=1), until=now, at=now)
    with pytest.raises(NotPermitted):
        rule_settings.put_in_force(nobody, store, Wish(KEY, 90, "试点"), at=now)


def test_a_person_changes_a_threshold_with_name_and_reason(store: Store, actor: Actor, rows: Rows, now: datetime):
    version = rule_settings.put_in_force(actor, store, Wish(KEY, 90, " 误报多 ", seen=0), at=now)

    assert rows("SELECT key, value, version, changed_by, why FROM rule_settings") == [(KEY, 90, 1, "王工", "误报多")]
    assert rows("SELECT account_id, username, reason FROM audit_log ORDER BY id DESC LIMIT 1") == [(actor.account_id, "bureau", "误报多")]
    assert version == 1


def test_who_looked_at_an_older_version_is_told(store: Store, actor: Actor, rows: Rows, now: datetime):
    rule_settings.put_in_force(actor, store, Wish(KEY, 90, "一", seen=0), at=now)

    with pytest.raises(Conflict):
        rule_settings.put_in_force(actor, store, Wish(KEY, 45, "二", seen=0), at=now)

    assert rows("SELECT value FROM rule_settings") == [(90,)]


@pytest.mark.parametrize(("value", "why"), [(90, "  "), (90, "长" * 501), (0, "试点"), (float("nan"), "试点")])
def test_a_change_without_sense_or_reason_is_refused(store: Store, actor: Actor, now: datetime, value: float, why: str):
    with pytest.raises(Invalid):
        rule_settings.put_in_force(actor, store, Wish(KEY, value, why), at=now)
