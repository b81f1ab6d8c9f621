"""How long a process trusts what it knows of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data_access.repositories.accounts import Account
from domain.scope import ALL, Role, Scope
from services.identity import Session
from web.session import KEPT, REMEMBERED, Sessions

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SESSION = Session(Account(1, "centre", "值班员", Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), False, None, None), "zh_CN", None)


class Rows:
    """The sessions of a database, and how often they were asked for."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = set(tokens)
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, token: str, *, active: bool, at: datetime) -> Session | None:
        self.asked.append((token, active))
        return SESSION if token in self.tokens else None


def test_a_session_is_asked_for_once_in_a_while() -> None:
    rows = Rows("t")
    sessions = Sessions(rows)

    found = [sessions.find("t", active=True, at=AT + timedelta(milliseconds=100 * n)) for n in range(20)]

    assert found == [SESSION] * 20
    assert rows.asked == [("t", True)]


def test_a_revoked_session_ends_within_two_seconds() -> None:
    rows = Rows("t")
    sessions = Sessions(rows)
    sessions.find("t", at=AT)

    rows.tokens.clear()

    assert timedelta(seconds=2) >= REMEMBERED
    assert sessions.find("t", at=AT + REMEMBERED) is None


def test_a_session_that_ends_here_ends_at_once() -> None:
    rows = Rows("t")
    sessions = Sessions(rows)
    sessions.find("t", at=AT)
    rows.tokens.clear()

    sessions.forget("t")

    assert sessions.find("t", at=AT) is None


def test_a_clock_that_was_set_back_extends_nothing() -> None:
    rows = Rows("t")
    sessions = Sessions(rows)
    sessions.find("t", at=AT)
    rows.tokens.clear()

    assert sessions.find("t", at=AT - timedelta(hours=1)) is None


def test_a_flood_of_made_up_tokens_costs_no_memory() -> None:
    sessions = Sessions(Rows())

    for number in range(KEPT + 10):
        sessions.find(f"made-up-{number}", at=AT)

    assert len(sessions._known) <= KEPT
