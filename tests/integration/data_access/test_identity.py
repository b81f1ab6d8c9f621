"""Sign-in, lockout, sessions that end at once, and a log that shows tampering."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from data_access.repositories import audit
from data_access.repositories.accounts import NewAccount
from domain.errors import Conflict, NotFound
from domain.scope import Role, Scope
from services import identity
from services.identity import IDLE, LONGEST, UNATTENDED_IDLE, Refusal, SignInRefused
from services.lockout import LOCKED_FOR, MOST_EVERYWHERE, MOST_FAILURES, WITHIN
from tests.integration.data_access.district import AT

PASSWORD = "a long enough word"
ACCOUNTS = {
    "bureau": NewAccount(username="bureau", name="王某", role=Role.BUREAU),
    "street": NewAccount(username="street", name="李某", role=Role.STREET, streets=("310107902", "310107901"), kinds=("elevator",)),
    "wall": NewAccount(username="wall", name="大屏", role=Role.WALL),
    "leaver": NewAccount(username="leaver", name="赵某", role=Role.OFFICE),
    "hasty": NewAccount(username="hasty", name="孙某", role=Role.OFFICE),
    **{name: NewAccount(username=name, name="钱某", role=Role.OFFICE) for name in ("clumsy", "guessed", "sought", "slow")},
}


@pytest.fixture(scope="module", autouse=True)
def _accounts(store):
    with store.transaction() as tx:
        for account in ACCOUNTS.values():
            identity.create_account(tx, account, PASSWORD)


def _sign_in(store, username="bureau", password=PASSWORD, at=AT, address="192.0.2.1"):
    return identity.sign_in(store, username, password, address=address, at=at)


def _refusal(store, username, password, at=AT, address="192.0.2.1"):
    with pytest.raises(SignInRefused) as refused:
        _sign_in(store, username, password, at, address)
    return refused.value


def _holds(store, signed_in, at, **more):
    return identity.find_session(store, signed_in.token, at=at, **more) is not None


def test_somebody_signs_in_with_the_scope_of_the_account(store):
    session = identity.find_session(store, _sign_in(store, "street").token, at=AT)

    assert session.scope == Scope(Role.STREET, ("310107901", "310107902"), None, ("elevator",))
    assert (session.account.username, session.account.name) == ("street", "李某")


def test_a_username_is_taken_once(store):
    with pytest.raises(Conflict), store.transaction() as tx:
        identity.create_account(tx, ACCOUNTS["bureau"], PASSWORD)


@pytest.mark.parametrize(
    ("username", "password"), [("bureau", "wrong"), ("nobody", PASSWORD), ("", ""), ("bu\0reau\ud800", "\ud800\0")], ids=ascii
)
def test_a_wrong_word_does_not_say_which(store, username, password):
    assert _refusal(store, username, password).reason is Refusal.WRONG


def test_an_unknown_name_takes_as_long_as_a_known_one(store):
    def seconds(username):
        began = time.perf_counter()
        _refusal(store, username, "wrong", AT + timedelta(days=400))
        return time.perf_counter() - began

    _refusal(store, "nobody", "wrong")
    known = statistics.median(seconds(name) for name in ("bureau", "street", "wall"))
    unknown = statistics.median(seconds(name) for name in ("nobody", "nobody", "nobody"))

    assert 0.4 < known / unknown < 2.5


@pytest.mark.parametrize("username", ["clumsy", "nobody at all"])
def test_five_failures_lock_for_a_quarter_of_an_hour(store, username):
    refusals = [_refusal(store, username, "wrong").reason for _ in range(MOST_FAILURES)]
    locked = _refusal(store, username, PASSWORD, AT + LOCKED_FOR - timedelta(seconds=1))

    assert refusals == [Refusal.WRONG] * MOST_FAILURES
    assert (locked.reason, locked.until) == (Refusal.LOCKED, AT + LOCKED_FOR)
    if username in ACCOUNTS:
        assert _sign_in(store, username, at=AT + LOCKED_FOR).token


def test_failures_lock_where_they_came_from(store):
    for _ in range(MOST_FAILURES):
        _refusal(store, "guessed", "wrong", address="198.51.100.7")

    assert _refusal(store, "guessed", PASSWORD, address="198.51.100.7").reason is Refusal.LOCKED
    assert _sign_in(store, "guessed").token


def test_failures_from_many_addresses_lock_everywhere(store):
    addresses = [f"198.51.100.{n}" for n in range(MOST_EVERYWHERE)]
    for address in addresses[1:]:
        assert _refusal(store, "sought", "wrong", address=address).reason is Refusal.WRONG
    assert _sign_in(store, "sought").token
    _refusal(store, "sought", "wrong", address=addresses[0])

    locked = _refusal(store, "sought", PASSWORD)
    assert (locked.reason, locked.until) == (Refusal.LOCKED, AT + LOCKED_FOR)
    assert _sign_in(store, "sought", at=AT + LOCKED_FOR).token


def test_failures_of_a_quarter_of_an_hour_ago_do_not_count(store):
    for _ in range(MOST_FAILURES - 1):
        _refusal(store, "slow", "wrong")

    assert [_refusal(store, "slow", "wrong", AT + WITHIN).reason for _ in range(MOST_FAILURES - 1)] == [Refusal.WRONG] * (MOST_FAILURES - 1)
    assert _sign_in(store, "slow", at=AT + WITHIN).token


def test_a_success_forgets_the_failures(store):
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            assert _refusal(store, "hasty", "wrong").reason is Refusal.WRONG
        assert _sign_in(store, "hasty").token


@pytest.mark.parametrize(("after", "holds"), [(IDLE - timedelta(seconds=1), True), (IDLE, False)])
def test_a_session_ends_when_nobody_used_it_for_half_an_hour(store, after, holds):
    assert _holds(store, _sign_in(store), AT + after) is holds


def test_use_keeps_a_session_an_open_page_does_not(store):
    used, open_page = _sign_in(store), _sign_in(store)
    for minutes in (20, 40, 60):
        _holds(store, used, AT + timedelta(minutes=minutes))
        _holds(store, open_page, AT + timedelta(minutes=minutes), active=False)

    assert _holds(store, used, AT + timedelta(minutes=80))
    assert not _holds(store, open_page, AT + timedelta(minutes=80))


def test_a_person_signs_in_at_least_once_a_day_the_wall_does_not(store):
    person, wall = _sign_in(store), _sign_in(store, "wall")
    for minutes in range(0, int(LONGEST.total_seconds() // 60), 25):
        _holds(store, person, AT + timedelta(minutes=minutes))

    assert not _holds(store, person, AT + LONGEST)
    assert _holds(store, wall, AT + UNATTENDED_IDLE - timedelta(seconds=1))
    assert not _holds(store, wall, AT + 2 * UNATTENDED_IDLE)


def test_signing_out_ends_the_session_at_once(store):
    signed_in, other = _sign_in(store), _sign_in(store)

    identity.sign_out(store, signed_in.token, at=AT)
    identity.sign_out(store, signed_in.token, at=AT)

    assert not _holds(store, signed_in, AT)
    assert identity.alive(store, [signed_in.token, other.token, "junk"], at=AT) == {other.token: other.session.scope}


def test_all_sessions_of_somebody_end_at_once(store):
    mine = [_sign_in(store, "leaver") for _ in range(3)]

    assert identity.revoke_all(store, "leaver", by="审计员", reason="离岗", at=AT) == 3
    assert identity.alive(store, [one.token for one in mine], at=AT) == {}
    with pytest.raises(NotFound):
        identity.revoke_all(store, "nobody", by="审计员", reason="离岗", at=AT)


def test_a_disabled_account_is_out_at_once(store, database):
    before = _sign_in(store, "leaver")

    database.execute("UPDATE accounts SET disabled = true WHERE username = 'leaver'")

    assert not _holds(store, before, AT)
    assert _refusal(store, "leaver", PASSWORD).reason is Refusal.DISABLED
    assert _refusal(store, "leaver", "wrong").reason is Refusal.WRONG


def test_the_sign_in_before_is_shown(store):
    _sign_in(store, "wall", at=AT)

    assert _sign_in(store, "wall", at=AT + timedelta(days=1)).session.previous_sign_in_at == AT


def test_tokens_and_passwords_are_not_stored(store, database):
    signed_in = _sign_in(store)

    rows = database.execute(
        "SELECT s::text FROM sessions s UNION ALL SELECT a::text FROM accounts a UNION ALL SELECT l::text FROM audit_log l"
    )
    kept = "\n".join(row[0] for row in rows)
    assert signed_in.token not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_log SET username = 'somebody else' WHERE id = :id",
        "UPDATE audit_log SET at = at + interval '1 second' WHERE id = :id",
        'UPDATE audit_log SET after = \'{"level": "minor_fault"}\' WHERE id = :id',
        "DELETE FROM audit_log WHERE id = :id",
        "UPDATE audit_log SET hash = previous_hash WHERE id = :id",
    ],
    ids=["who", "when", "what", "deleted", "hash"],
)
def test_the_log_shows_what_was_tampered_with(store, tampering):
    entry = audit.Entry(account_id=1, username="bureau", action="acknowledge_alarm", object="alarm:1", after={"x": float("nan"), "t": "\0"})
    with store.transaction() as tx:
        number = audit.append(tx, entry, AT)
        audit.append(tx, entry, AT)
        assert audit.first_broken(tx) is None

    def tampered():
        with store.transaction() as tx:
            tx.execute(text(tampering), {"id": number})
            found.append(audit.first_broken(tx))
            raise ZeroDivisionError  # leave the log whole

    found: list[int | None] = []
    with pytest.raises(ZeroDivisionError):
        tampered()
    assert found == [number]
