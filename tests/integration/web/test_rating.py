"""The page of the link in a citizen's message: it asks for no account, shows no person, and takes one rating a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from data_access.engine import Store, connect
from data_access.repositories import audit
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import Opening, Source
from domain.work_orders import OrderKind, Proof, Step
from services import ratings, triggers, work_orders
from services.ratings import Standing
from tests.integration.web import town
from web.clock import now

CALLER, NUMBER = "周女士", "13800002046"
LONG = "长" * 501
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
FRENCH = {"Accept-Language": "fr"}


@pytest.fixture
def store(database_url: str, app: object) -> Iterator[Store]:
    """The town's store, swept of orders afterwards."""
    opened = connect(database_url, name="tests")
    yield opened
    with opened.transaction() as tx:
        run = tx.connection.exec_driver_sql
        for table in ("work_order_events", "order_photos"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER {table}_only_grow")
        run("TRUNCATE work_orders, citizen_ratings CASCADE")
        for table in ("work_order_events", "order_photos"):
            run(f"ALTER TABLE {table} ENABLE TRIGGER {table}_only_grow")
    opened.close()


@pytest.fixture
def complaint(store: Store) -> Callable[..., tuple[int, str]]:
    """A closed complaint about a lift in Changfeng with its link: call it for (order, token)."""

    def make(*, kind: OrderKind = OrderKind.FEEDBACK, status: str = "closed", key: str = "test:1", sent_at: datetime | None = None) -> Any:
        at = now()
        with store.transaction() as tx:
            run = tx.connection.exec_driver_sql
            machine = run("SELECT id FROM equipment WHERE code = %s", (town.IN_CHANGFENG.code,)).scalar_one()
            opening = Opening(
                kind=kind.value, status=work_orders.first_status(kind), cause="complaint", cause_key=key, equipment_id=machine,
                opened_at=at, occurred_at=at,
            )  # fmt: skip
            call = Source(channel="passive", source="12345", at=at, reporter=CALLER, phone=NUMBER, words=f"夜间异响，{NUMBER}")
            order, _ = work_orders.open_(tx, opening, call)
            run("UPDATE work_orders SET status = %s, closed_at = %s WHERE id = %s", (status, at, order.id))
            source = run("SELECT id FROM incident_sources WHERE work_order_id = %s", (order.id,)).scalar_one()
            return int(order.id), ratings.invite(tx, [source], at=sent_at or at)[source]

    return make


def kept(store: Store) -> list[tuple[Any, ...]]:
    with store.reading() as tx:
        return [tuple(row) for row in tx.connection.exec_driver_sql("SELECT work_order_id, stars, words FROM citizen_ratings ORDER BY id")]


def test_the_page_says_where_and_what_and_nobodys_name(anonymous: FlaskClient, complaint: Callable[..., Any]) -> None:
    _, token = complaint()

    page = anonymous.get(f"/rate/{token}")

    assert page.status_code == 200
    assert "投诉" in page.text
    assert not any(said in page.text for said in (CALLER, NUMBER, "周", "138", "夜间异响", town.IN_CHANGFENG.code))
    assert page.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text


def test_a_rating_is_the_orders_and_is_audited_as_the_publics(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any]) -> None:
    order, token = complaint()

    thanks = anonymous.post(f"/rate/{token}", data={"stars": "4", "words": f"  很快\r\n谢谢，我的电话 {NUMBER} "})

    assert (thanks.status_code, "感谢您的评价" in thanks.text) == (200, True)
    assert kept(store) == [(order, 4, f"很快\n谢谢，我的电话 {NUMBER}")]
    with store.reading() as tx:
        run = tx.connection.exec_driver_sql
        newest = orders.log(tx, order)[-1]
        rating = run("SELECT rating FROM work_orders WHERE id = %s", (order,)).scalar_one()
        [trace] = run("SELECT account_id, username, object, after->>'stars' FROM audit_log WHERE action = 'rate'")
        assert audit.first_broken(tx) is None
    assert (newest.hand, newest.action, newest.account_id, newest.proof) == (
        "reporter", "rate", None, {"rating": 4, "note": "很快\n谢谢，我的电话 ****"},
    )  # fmt: skip
    assert (rating, tuple(trace)) == (4, (None, "public", f"work_order:{order}", "4"))


def test_a_report_is_rated_once_by_whichever_of_its_links(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any]) -> None:
    order, token = complaint()
    with store.transaction() as tx:
        source = tx.connection.exec_driver_sql("SELECT id FROM incident_sources WHERE work_order_id = %s", (order,)).scalar_one()
        second = ratings.invite(tx, [source], at=now())[source]
    anonymous.post(f"/rate/{token}", data={"stars": "5"})

    again = [anonymous.post(f"/rate/{each}", data={"stars": "1"}) for each in (token, second)]

    assert [(page.status_code, "已评价" in page.text) for page in again] == [(409, True), (409, True)]
    assert [anonymous.get(f"/rate/{each}").status_code for each in (token, second)] == [200, 200]
    assert "已评价" in anonymous.get(f"/rate/{token}").text
    assert kept(store) == [(order, 5, "")]


def test_of_many_hands_at_once_one_is_kept(store: Store, complaint: Callable[..., Any]) -> None:
    order, token = complaint()
    hands = 6
    together = Barrier(hands)

    def rate(stars: int) -> Standing:
        together.wait(10)
        return ratings.rate(store, token, stars=stars % 5 + 1, words="", at=now()).standing

    with ThreadPoolExecutor(hands) as pool:
        said = Counter(pool.map(rate, range(hands)))

    assert said == {Standing.OPEN: 1, Standing.RATED: hands - 1}
    assert len(kept(store)) == 1
    with store.reading() as tx:
        assert [event.action for event in orders.log(tx, order)] == ["open", "rate"]


@pytest.mark.parametrize(("stars", "orders_opened"), [("1", 1), ("2", 1), ("3", 0)], ids=["worst", "at the limit", "just over"])
def test_a_poor_rating_opens_one_order(
    anonymous: FlaskClient, store: Store, complaint: Callable[..., Any], stars: str, orders_opened: int
) -> None:
    order, token = complaint()
    anonymous.post(f"/rate/{token}", data={"stars": stars})

    for minute in (1, 2):
        triggers.minute(store, now() + timedelta(minutes=minute))

    with store.reading() as tx:
        sql = "SELECT kind, status FROM work_orders WHERE cause_key = %s"
        found = [tuple(row) for row in tx.connection.exec_driver_sql(sql, (f"trigger:citizen_rating:{order}",))]
    assert found == [("feedback", "received")] * orders_opened


def test_a_poor_rating_of_an_order_that_was_praised_counts_too(store: Store, complaint: Callable[..., Any]) -> None:
    order, token = complaint()
    with store.transaction() as tx:
        row = orders.locked(tx, order)
        assert row is not None
        work_orders.advance_by_reporter(tx, row, Step.RATE, Proof(rating=5), at=now())

    ratings.rate(store, token, stars=1, words="", at=now())
    triggers.minute(store, now())

    with store.reading() as tx:
        run = tx.connection.exec_driver_sql
        assert run("SELECT rating FROM work_orders WHERE id = %s", (order,)).scalar_one() == 5
        assert [(event.hand, event.proof["note"]) for event in orders.log(tx, order)[-1:]] == [("system", "rated_again")]
        facts = run("SELECT detail->'facts' FROM work_orders WHERE cause = 'citizen_rating'").scalar_one()
    assert (facts["about"], facts["rating"]) == (order, 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "请先选择星级"),
        ({"stars": "6"}, "请先选择星级"),
        ({"stars": "３"}, "请先选择星级"),
        ({"stars": "2", "words": "长" * 501}, "不能超过 500 字"),
    ],
    ids=["nothing", "six", "no figure", "too much"],
)
def test_what_cannot_be_taken_is_asked_again_with_what_was_written(
    anonymous: FlaskClient, store: Store, complaint: Callable[..., Any], data: dict[str, str], sentence: str
) -> None:
    _, token = complaint()

    page = anonymous.post(f"/rate/{token}", data={"words": "<b>门厅</b>", **data})

    assert (page.status_code, sentence in page.text, "<b>" in page.text) == (422, True, False)
    assert ("&lt;b&gt;门厅" in page.text) is ("words" not in data)
    assert kept(store) == []


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "{{ 7*7 }}", "' OR 1=1 --", "\x00零", "🙂" * 500])
def test_words_are_words(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any], words: str) -> None:
    order, token = complaint()

    assert anonymous.post(f"/rate/{token}", data={"stars": "3", "words": words}).status_code == 200
    assert kept(store) == [(order, 3, words.replace("\x00", "�"))]


def test_a_link_runs_out_after_thirty_days(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any]) -> None:
    _, fresh = complaint(key="a", sent_at=now() - timedelta(days=30) + timedelta(minutes=1))
    _, old = complaint(key="b", sent_at=now() - timedelta(days=30))

    assert anonymous.get(f"/rate/{fresh}").status_code == 200
    for page in (anonymous.get(f"/rate/{old}"), anonymous.post(f"/rate/{old}", data={"stars": "1"})):
        assert (page.status_code, "链接已过期" in page.text) == (410, True)
    assert kept(store) == []


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "%00", "😀"])
def test_an_unknown_link_says_so_and_tells_nothing(anonymous: FlaskClient, token: str) -> None:
    page = anonymous.get(f"/rate/{token}")

    assert page.status_code == 404
    assert "/login" not in page.headers.get("Location", "")


def test_who_tries_links_must_wait(app: Any) -> None:
    guesser = app.server.test_client()
    where = {"REMOTE_ADDR": "203.0.113.7"}

    answers = [guesser.get(f"/rate/guess-{number}", environ_overrides=where).status_code for number in range(42)]

    assert (answers[0], answers[-1]) == (404, 429)
    assert "分钟" in guesser.get("/rate/guess", environ_overrides=where).text


def test_another_site_cannot_rate(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any]) -> None:
    _, token = complaint()

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert anonymous.post(f"/rate/{token}", data={"stars": "1"}, headers=headers).status_code == 403
    assert kept(store) == []


@pytest.mark.parametrize(
    ("query", "headers", "lang"),
    [
        ("", {}, "zh-CN"),
        ("", ENGLISH, "en"),
        ("?lang=zh_CN", ENGLISH, "zh-CN"),
        ("?lang=en", {}, "en"),
        ("", FRENCH, "zh-CN"),
    ],
    ids=["nothing said", "an English browser", "his own word", "her own word", "another language"],
)
def test_the_language_is_the_readers(app: Any, complaint: Callable[..., Any], query: str, headers: dict[str, str], lang: str) -> None:
    _, token = complaint()

    page = app.server.test_client().get(f"/rate/{token}{query}", headers=headers)

    assert re.findall(r'<html lang="([^"]+)"', page.text) == [lang]
    assert ("Rate our service" in page.text) is (lang == "en")


def test_reading_a_link_changes_nothing(anonymous: FlaskClient, store: Store, complaint: Callable[..., Any]) -> None:
    order, token = complaint()

    assert [anonymous.get(f"/rate/{token}").status_code, anonymous.head(f"/rate/{token}").status_code] == [200, 200]

    with store.reading() as tx:
        assert len(orders.log(tx, order)) == 1
    assert kept(store) == []
