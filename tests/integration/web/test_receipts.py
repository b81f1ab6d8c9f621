"""Opening an order's page reads what its reader was sent about it, and nobody else's; a copy is read by signing for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from tests.integration.web import town
from tests.integration.web.dash_calls import call

RECIPIENTS = (f"street:{town.CHANGFENG}", f"street:{town.GANQUAN}", "role:operations_centre")
ORDER = (
    "INSERT INTO work_orders (number, kind, status, cause_key, equipment_id, street_code, seq, opened_at, occurred_at, changed_at) "
    "SELECT 'PT1', 'supervision', 'received', 'test:1', id, street_code, 1, now(), now(), now() FROM equipment WHERE code = %s RETURNING id"
)


@pytest.fixture
def order(database: psycopg.Connection, app: object) -> Iterator[int]:
    """An order in Changfeng, of which three were told, each of the finding by message and by a copy to be signed for."""
    [made] = database.execute(ORDER, (town.IN_CHANGFENG.code,)).fetchone() or []
    for recipient in RECIPIENTS:
        [told] = (
            database.execute(
                "INSERT INTO notifications (work_order_id, channel, recipient, status, created_at) VALUES (%s, 'sms', %s, 'sent', now()) "
                "RETURNING id",
                (made, recipient),
            ).fetchone()
            or []
        )
        for template in ("copy_found", "emergency"):
            database.execute(
                "INSERT INTO notification_messages (notification_id, key, template, status, created_at, next_at, sent_at) "
                "VALUES (%s, %s, %s, 'sent', now(), now(), now())",
                (told, f"PT1:{recipient}:{template}", template),
            )
    yield made
    database.execute("TRUNCATE notifications CASCADE")
    database.execute("DELETE FROM work_orders")


def read(database: psycopg.Connection) -> set[tuple[Any, ...]]:
    """(recipient, template) of the messages that were read."""
    joined = "notification_messages m JOIN notifications n ON n.id = m.notification_id"
    return set(database.execute(f"SELECT n.recipient, m.template FROM {joined} WHERE m.status = 'read'").fetchall())


def opens(client: FlaskClient, order: object) -> Any:
    return call(client, "order-seen.data", {"id": "order-seen", "property": "data"}, {"order-opened.data": order})


def test_a_street_that_opens_an_order_has_read_its_message_and_signed_for_nothing(
    reader: Callable[[str], FlaskClient], database: psycopg.Connection, order: int
) -> None:
    opens(reader("changfeng"), str(order))

    assert read(database) == {(RECIPIENTS[0], "emergency")}
    assert database.execute("SELECT status FROM notifications WHERE recipient = %s", (RECIPIENTS[0],)).fetchone() == ("read",)


@pytest.mark.parametrize("who", ["centre", "bureau", "ganquan", "wall"])
def test_nobody_reads_for_others(reader: Callable[[str], FlaskClient], database: psycopg.Connection, order: int, who: str) -> None:
    opens(reader(who), str(order))

    assert read(database) == set()


@pytest.mark.parametrize("nonsense", [None, "", "x", "-1", "9" * 40, {"id": 1}])
def test_nonsense_reads_nothing(reader: Callable[[str], FlaskClient], database: psycopg.Connection, order: int, nonsense: object) -> None:
    assert opens(reader("changfeng"), nonsense).status_code == 200
    assert read(database) == set()


def test_asking_for_the_page_alone_reads_nothing(reader: Callable[[str], FlaskClient], database: psycopg.Connection, order: int) -> None:
    assert reader("changfeng").get(f"/work-orders/{order}").status_code == 200
    assert read(database) == set()
