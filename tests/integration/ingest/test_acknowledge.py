"""An official puts a name to an alarm: once, within the scope, and on the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest

from data_access.engine import Store
from domain.errors import Conflict, Invalid, NotFound, NotPermitted, PutuoError
from domain.scope import ALL, Actor, Role, Scope
from services.alarms import acknowledge
from services.telemetry_memory import recall
from tests.integration.ingest.district import event, just_now, say

CENTRE = Actor(1, "centre", "值班员", Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), "192.0.2.7")
STREET = Actor(2, "street", "街道", Scope(Role.STREET, ("310107005",), None, ALL))
ELSEWHERE = Actor(3, "elsewhere", "他街", Scope(Role.STREET, ("310107014",), None, ALL))
WALL = Actor(4, "wall", "大屏", Scope(Role.WALL, ALL, None, ALL))


@pytest.fixture
def at() -> datetime:
    return just_now()


@pytest.fixture
def alarm(store: Store, url: str, at: datetime) -> int:
    """An alarm in a district where everybody who acts has an account: its order notes who answered."""
    with psycopg.connect(url, autocommit=True) as connection:
        for who in (CENTRE, STREET, ELSEWHERE, WALL):
            words = (who.account_id, who.username, who.name, who.scope.role.value)
            connection.execute("INSERT INTO accounts (id, username, password_hash, name, role) VALUES (%s, %s, '', %s, %s)", words)
    say(store, recall(store, at=at), event(1, at, "a"), at=at)
    return int(look(store, "SELECT id FROM alarms")[0][0])


def look(store: Store, statement: str) -> list[Any]:
    with store.reading() as tx:
        cursor: psycopg.Cursor[Any] = tx.cursor()
        return cursor.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("actor", [CENTRE, STREET], ids=lambda actor: actor.username)
def test_a_name_and_a_note_are_kept_and_audited(store: Store, alarm: int, at: datetime, actor: Actor) -> None:
    acknowledge(actor, store, alarm, name=" 王某 ", note="已通知维保", at=at)

    assert look(store, "SELECT acknowledged_by, acknowledged_account, acknowledgement_note, acknowledged_at FROM alarms") == [
        ("王某", actor.account_id, "已通知维保", at)
    ]
    assert look(store, "SELECT username, action, object, after ->> 'name' FROM audit_log") == [
        (actor.username, "acknowledge_alarm", f"alarm:{alarm}", "王某")
    ]


REFUSED: dict[str, tuple[Actor, str, str, type[PutuoError]]] = {
    "another street": (ELSEWHERE, "王某", "", NotFound),
    "a screen": (WALL, "王某", "", NotPermitted),
    "nobody": (CENTRE, "  ", "", Invalid),
    "a long name": (CENTRE, "王" * 51, "", Invalid),
    "a long note": (CENTRE, "王某", "x" * 501, Invalid),
}


@pytest.mark.parametrize(("actor", "name", "note", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_is_refused_and_leaves_no_trace(
    store: Store, alarm: int, at: datetime, actor: Actor, name: str, note: str, refusal: type[PutuoError]
) -> None:
    with pytest.raises(refusal):
        acknowledge(actor, store, alarm, name=name, note=note, at=at)

    assert look(store, "SELECT acknowledged_at FROM alarms") == [(None,)]
    assert look(store, "SELECT count(*) FROM audit_log") == [(0,)]


def test_the_second_hears_who_was_first(store: Store, alarm: int, at: datetime) -> None:
    acknowledge(CENTRE, store, alarm, name="王某", note="", at=at)

    with pytest.raises(Conflict) as late:
        acknowledge(STREET, store, alarm, name="李某", note="", at=at)

    assert late.value.data["by"] == "王某"


def test_an_alarm_that_does_not_exist_is_not_found(store: Store, alarm: int, at: datetime) -> None:
    with pytest.raises(NotFound):
        acknowledge(CENTRE, store, alarm + 1, name="王某", note="", at=at)
