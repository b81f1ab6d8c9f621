"""Transactions: all or nothing, each touched watch raised once, announced only after the commit."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from data_access.engine import connect
from data_access.queries.versions import versions
from data_access.watches import Watch, audible, watch_for
from domain.errors import StoreUnavailable
from domain.scope import ALL, Role, Scope
from tests.integration.data_access.district import DISTRICT


@pytest.fixture
def announced():
    return []


@pytest.fixture
def talking(database_url, announced):
    def announce(versions, at):
        assert at.tzinfo is not None
        announced.append(dict(versions))

    store = connect(database_url, announce=announce)
    yield store
    store.close()


def _versions(store):
    with store.reading() as tx:
        return versions(DISTRICT, tx)


def test_a_watch_is_raised_once_however_often_it_was_touched(talking, announced):
    before = _versions(talking)

    with talking.transaction() as tx:
        tx.touch(Watch.ALARMS)
        tx.touch(Watch.ALARMS, "street:310107901:alarms")

    after = _versions(talking)
    assert after == before | {"alarms": before["alarms"] + 1}
    assert announced == [{"alarms": after["alarms"], "street:310107901:alarms": 1}]


def test_what_failed_is_neither_stored_nor_announced(talking, announced):
    before = _versions(talking)

    def fail():
        with talking.transaction() as tx:
            tx.touch(Watch.ALARMS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert _versions(talking) == before
    assert announced == []


def test_nothing_touched_is_not_announced(talking, announced):
    with talking.transaction() as tx:
        tx.execute(text("SELECT 1"))

    assert announced == []


def test_a_reading_sees_one_moment(talking):
    with talking.reading() as tx:
        first = versions(DISTRICT, tx)
        with talking.transaction() as other:
            other.touch(Watch.VENDORS)
        assert versions(DISTRICT, tx) == first


def test_a_reading_cannot_write(talking):
    with pytest.raises(Exception, match="read-only transaction"), talking.reading() as tx:
        tx.execute(text("DELETE FROM data_versions"))


def test_one_process_leads_at_a_time(talking, database_url):
    other = connect(database_url)

    with talking.elected(1) as first, other.elected(1) as second, other.elected(2) as elsewhere:
        assert (first, second, elsewhere) == (True, False, True)
    with other.elected(1) as again:
        assert again
    other.close()


def test_a_lost_database_is_said_so(talking, database):
    def outlive():
        with talking.transaction() as tx:
            pid = tx.scalar(text("SELECT pg_backend_pid()"))
            database.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            tx.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        outlive()

    talking.ping()  # the next one gets another connection


def test_no_database_is_said_so():
    with pytest.raises(StoreUnavailable):
        connect("postgresql://nobody@127.0.0.1:1/nothing").ping()


@pytest.mark.parametrize(
    ("streets", "heard"),
    [(ALL, "alarms"), (("1",), "street:1:alarms"), (("1", "2"), "alarms"), ((), "street:none:alarms")],
    ids=["district", "one street", "several", "none"],
)
def test_a_reader_hears_the_changes_of_its_scope(streets, heard):
    scope = Scope(Role.STREET, streets, None, ALL)

    assert watch_for(scope, Watch.ALARMS) == heard
    assert heard in audible(scope)
    assert watch_for(scope, Watch.VENDORS) == "vendors"
