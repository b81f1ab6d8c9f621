"""The page of notifications and the receipts of gateways, by their addresses."""

from __future__ import annotations

import pytest

from app import create_app
from settings import Settings
from tests.integration.web import town
from tests.integration.web.dash_calls import call, page, panel, said

RECEIPTS = "/api/v1/notifications/receipts"
TOKEN = {"Authorization": "Bearer a-gateway"}
OUTCOME = {"output": "notice-told.children", "outputs": {"id": "notice-told", "property": "children"}}


@pytest.fixture(scope="module")
def settings(database_url, redis_url):
    town.settle(database_url)
    return Settings.model_validate({"DATABASE_URL": database_url, "REDIS_URL": redis_url, "notify_receipt_token": "a-gateway"})


@pytest.fixture
def message(database):
    """A dead letter to the bureau about an order in Changfeng; its key."""
    order = database.execute(
        "INSERT INTO work_orders (number, kind, status, cause_key, equipment_id, street_code, seq, opened_at, occurred_at, changed_at) "
        "SELECT 'PT1', 'supervision', 'received', 'test:1', id, street_code, 1, now(), now(), now() FROM equipment WHERE code = %s "
        "RETURNING id",
        (town.IN_CHANGFENG.code,),
    ).fetchone()[0]
    notification = database.execute(
        "INSERT INTO notifications (work_order_id, channel, recipient, status, created_at) "
        "VALUES (%s, 'sms', 'role:bureau', 'dead', now()) RETURNING id",
        (order,),
    ).fetchone()[0]
    database.execute(
        "INSERT INTO notification_messages (notification_id, key, template, status, created_at, next_at, said, error, attempts) "
        "VALUES (%s, 'PT1:role:bureau:opened', 'supervision', 'dead', now(), now(), '监管督办：听涛苑', 'HTTP 500', 8)",
        (notification,),
    )
    yield "PT1:role:bureau:opened"
    database.execute("TRUNCATE notifications CASCADE")
    database.execute("DELETE FROM work_orders")


def status(database):
    return database.execute("SELECT status FROM notification_messages").fetchone()[0]


@pytest.mark.parametrize("username", ["centre", "bureau", "changfeng"])
def test_those_who_take_part_have_the_page(reader, username):
    assert "notices-page" in said(page(reader(username), "/notifications"))


def test_the_wall_has_not(reader):
    assert "notices-page" not in said(page(reader("wall"), "/notifications"))


def test_a_dead_letter_is_shown_with_its_reason_to_whom_it_concerns(reader, message):
    shown = said(panel(reader("centre"), "notifications", {"state": "dead"}))

    assert "监管督办：听涛苑" in shown
    assert "试 8 次未送达：HTTP 500" in shown
    assert "监管督办：听涛苑" not in said(panel(reader("changfeng"), "notifications", {}))  # another's message
    assert "监管督办：听涛苑" not in said(panel(reader("centre"), "notifications", {"state": "sent"}))


def test_the_button_sends_a_dead_letter_again(reader, message, database):
    number = database.execute("SELECT id FROM notification_messages").fetchone()[0]

    refused = said(call(reader("changfeng"), **OUTCOME, inputs={"notice-act.data": {"act": "notice", "id": str(number)}}))
    assert status(database) == "dead"
    done = said(call(reader("centre"), **OUTCOME, inputs={"notice-act.data": {"act": "notice", "id": str(number)}}))

    assert "重新排队" not in refused
    assert "已重新排队：1 条" in done
    assert status(database) == "queued"


@pytest.mark.parametrize("asked", [None, {}, {"act": "nonsense"}, {"act": ["notice"], "id": {}}])
def test_nonsense_does_nothing(reader, message, database, asked):
    call(reader("centre"), **OUTCOME, inputs={"notice-act.data": asked})

    assert status(database) == "dead"


def test_a_receipt_is_kept(anonymous, message, database):
    database.execute("UPDATE notification_messages SET status = 'sent'")

    answer = anonymous.post(RECEIPTS, json={"key": message, "delivered": True}, headers=TOKEN)

    assert answer.status_code == 204
    assert status(database) == "delivered"


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"key": "k", "delivered": True}, {}, 401),
        ({"key": "k", "delivered": True}, {"Authorization": "Bearer other"}, 401),
        ({"key": "k", "delivered": "yes"}, TOKEN, 400),
        ({"key": 7, "delivered": True}, TOKEN, 400),
        ([], TOKEN, 400),
        ({"key": "nobody's", "delivered": True}, TOKEN, 404),
    ],
    ids=["no token", "another token", "no boolean", "no key", "no object", "unknown key"],
)
def test_a_receipt_is_refused(anonymous, body, headers, expected):
    assert anonymous.post(RECEIPTS, json=body, headers=headers).status_code == expected


def test_without_a_token_of_its_own_the_platform_takes_no_receipts(database_url, redis_url):
    bare = create_app(Settings.model_validate({"DATABASE_URL": database_url, "REDIS_URL": redis_url})).server.test_client()

    assert bare.post(RECEIPTS, json={"key": "k", "delivered": True}, headers={"Authorization": "Bearer "}).status_code == 401
