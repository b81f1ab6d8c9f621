"""Photographs as proof: kept with their step or not at all, without what a camera writes beside them, seen by who may see the order."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
from dash import Dash
from flask.testing import FlaskClient
from PIL import Image
from psycopg import errors as broken
from sqlalchemy.exc import DBAPIError

from app import create_app
from components import ids
from domain.errors import Refused
from domain.order_words import OrderKind, Proof, Refusal, Step
from domain.scope import Role
from services import photos, work_orders
from settings import Settings
from tests.integration.web.dash_calls import call
from tests.order_law import MAINTAINER, OTHER_MAINTAINER
from tests.order_town import AT, CODES, LIFT, PASSWORD, PLACE, Town
from tests.pictures import GPS, MAKER, taken, upright

MAINTENANCE = Role.MAINTENANCE_UNIT


@pytest.fixture(scope="module")
def app(town: Town, database_url: str, redis_url: str) -> Dash:
    """The composed application on the town."""
    return create_app(Settings.model_validate({"DATABASE_URL": database_url, "REDIS_URL": redis_url}))


@pytest.fixture
def signed_in(app: Dash) -> Callable[[str], FlaskClient]:
    """Call it with a username for the browser of somebody."""

    def sign_in(username: str) -> FlaskClient:
        client: FlaskClient = app.server.test_client()
        answer: Any = client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return sign_in


@pytest.fixture
def order(town: Town) -> int:
    """A rescue on which somebody is on the spot."""
    opened = int(town.open().id)
    town.step(MAINTENANCE, opened, Step.ACCEPT)
    town.step(MAINTENANCE, opened, Step.SIGN_IN, scan=CODES[LIFT], position=PLACE)
    return opened


def prove(town: Town, order: int, step: Step, *sent: bytes, note: str = "乘客已平安离开", who: Role | int = MAINTENANCE) -> int:
    """Take a step with photos."""
    brought = photos.read(sent, step=step)
    return work_orders.advance(town.actors[who], town.store, order, step=step, proof=Proof(note=note), photos=brought, at=AT)


def kept(town: Town, order: int) -> list[Any]:
    return town.sql(
        "SELECT number, seq, sha256, width, height, size, image, account_id FROM order_photos WHERE work_order_id = %s ORDER BY 1", order
    )


def told(client: FlaskClient, *acts: dict[str, Any]) -> list[dict[str, Any]]:
    output = {"id": ids.ORDER_RESULT, "property": "data"}
    answer: Any = call(client, f"{ids.ORDER_RESULT}.data", output, {f"{ids.ORDER_ACT}.data": {"turn": 1, "acts": list(acts)}})
    assert answer.status_code == 200, answer.text
    return list(answer.json["response"][ids.ORDER_RESULT]["data"]["answers"])


def act(order: int, *sent: bytes, step: Step = Step.NOTE) -> dict[str, Any]:
    return {"order": order, "step": step.value, "proof": {"note": "门已修好", "photos": [base64.b64encode(each).decode() for each in sent]}}


def test_a_photo_is_kept_with_its_step(town: Town, order: int):
    seq = prove(town, order, Step.COMPLETE, taken(), taken(kind="PNG", shade=(255, 0, 0, 90)))

    first, second = kept(town, order)
    assert [(first.number, first.seq), (second.number, second.seq)] == [(1, seq), (2, seq)]
    assert first.account_id == town.actors[MAINTENANCE].account_id
    assert (hashlib.sha256(first.image).hexdigest(), len(first.image)) == (first.sha256, first.size)
    assert town.log(order)[-1].proof["photos"] == [first.sha256, second.sha256]
    assert {Image.open(io.BytesIO(each.image)).format for each in (first, second)} == {"JPEG"}


def test_numbers_go_on_with_the_order(town: Town, order: int):
    prove(town, order, Step.NOTE, taken())
    prove(town, order, Step.COMPLETE, taken(), taken())

    assert [row.number for row in kept(town, order)] == [1, 2, 3]


def test_a_large_photo_becomes_smaller(town: Town, order: int):
    prove(town, order, Step.NOTE, taken(4000, 3000), taken(300, 200))

    assert [(row.width, row.height) for row in kept(town, order)] == [(1600, 1200), (300, 200)]


def test_nothing_but_the_picture_is_kept_and_it_stands_upright(town: Town, order: int):
    prove(town, order, Step.NOTE, upright(400, 300))

    picture = Image.open(io.BytesIO(kept(town, order)[0].image))
    assert picture.size == (300, 400)
    assert MAKER not in picture.getexif()
    assert GPS not in picture.getexif()


HEAD = b"IHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
BOMB = b"\x89PNG\r\n\x1a\n" + len(HEAD[4:]).to_bytes(4) + HEAD + crc32(HEAD).to_bytes(4) + b"\0\0\0\0IDAT"
"""Forty bytes that would unfold to ten gigabytes."""


ODD_NOTES = upright().replace(MAKER.to_bytes(2), b"\x01\x00", 1)
"""The maker's name where the width belongs: a decoder that writes such notes anew raises struct.error."""
ODD_PLACE = upright().replace(b"\0\x01\0\x01\0\x02\0\0\0\x02N", b"\0\x01\0\x02\0\x02\0\0\0\x02N", 1)
"""A latitude in letters: a TypeError."""


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param([b"<svg onload=alert(1)>"], Refusal.PHOTO_UNREADABLE, id="no picture"),
        pytest.param([b""], Refusal.PHOTO_UNREADABLE, id="nothing"),
        pytest.param([taken(kind="GIF")], Refusal.PHOTO_UNREADABLE, id="gif"),
        pytest.param([taken()[:2000]], Refusal.PHOTO_UNREADABLE, id="cut off"),
        pytest.param([taken(kind="PNG")[:-30]], Refusal.PHOTO_UNREADABLE, id="png cut off"),
        pytest.param([ODD_NOTES], Refusal.PHOTO_UNREADABLE, id="broken EXIF"),
        pytest.param([ODD_PLACE], Refusal.PHOTO_UNREADABLE, id="broken EXIF of the place"),
        pytest.param([taken() + b"\0" * photos.LARGEST], Refusal.PHOTO_TOO_LARGE, id="bytes"),
        pytest.param([taken(10_001, 6_000)], Refusal.PHOTO_TOO_LARGE, id="pixels"),
        pytest.param([taken(6_001, 4_000, kind="PNG")], Refusal.PHOTO_TOO_LARGE, id="pixels of a png"),
        pytest.param([BOMB], Refusal.PHOTO_TOO_LARGE, id="bomb"),
        pytest.param([taken(10, 10)] * 4, Refusal.PHOTO_TOO_MANY, id="four"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused_and_the_step_is_not_taken(town: Town, order: int, sent: list[bytes], reason: Refusal):
    with pytest.raises(Refused) as refused:
        prove(town, order, Step.COMPLETE, *sent)

    assert refused.value.data["reason"] == reason
    assert town.order(order).status == "on_site"
    assert kept(town, order) == []


def test_eight_megabytes_are_the_most(town: Town, order: int):
    picture = taken(64, 64)

    prove(town, order, Step.NOTE, picture + b"\0" * (photos.LARGEST - len(picture)))

    assert len(kept(town, order)) == 1


def test_a_step_that_is_refused_leaves_no_photo(town: Town, order: int):
    brought = photos.read([taken()], step=Step.RECHECK)

    with pytest.raises(Refused):
        work_orders.advance(town.actors[MAINTENANCE], town.store, order, step=Step.RECHECK, proof=Proof(note="x"), photos=brought, at=AT)

    assert kept(town, order) == []


@pytest.mark.parametrize("statement", ["UPDATE order_photos SET seq = 1", "DELETE FROM order_photos", "TRUNCATE order_photos"])
def test_a_photo_is_never_changed_or_removed(town: Town, order: int, statement: str):
    prove(town, order, Step.NOTE, taken())

    with pytest.raises(DBAPIError) as refused:
        town.sql(statement)

    assert isinstance(refused.value.orig, broken.RaiseException)


def test_a_photo_without_its_step_cannot_be_kept(town: Town, order: int):
    with pytest.raises(DBAPIError) as refused:
        town.sql(
            "INSERT INTO order_photos (work_order_id, number, seq, sha256, width, height, size, image, thumbnail, at)"
            " VALUES (%s, 9, 999, '', 1, 1, 0, '', '', now())",
            order,
        )

    assert isinstance(refused.value.orig, broken.ForeignKeyViolation)


def test_rectification_is_shown_by_a_photo_or_told_in_words(town: Town):
    opened = int(town.open(OrderKind.SUPERVISION, unit_id=MAINTAINER).id)
    town.step(Role.BUREAU, opened, Step.VERIFY, note="属实")
    town.step(Role.BUREAU, opened, Step.ORDER, note="限期整改")

    with pytest.raises(Refused) as refused:
        prove(town, opened, Step.RECTIFY, note="")
    prove(town, opened, Step.RECTIFY, taken(), note="")
    prove(town, opened, Step.RECTIFY, note="已更换门锁")

    assert refused.value.data["needs"] == ["evidence"]
    assert [len(event.proof.get("photos", ())) for event in town.log(opened)[-2:]] == [1, 0]


def test_a_browser_sends_photos_with_one_step_and_many_steps_have_none(town: Town, order: int, signed_in: Callable[[str], FlaskClient]):
    client = signed_in(MAINTENANCE.value)

    alone = told(client, act(order, taken()))
    together = told(client, act(order, taken()), act(order, taken()))
    refused = told(client, act(order, b"GIF89a"))
    unasked = told(client, act(order, taken(), step=Step.ASSIGN))

    assert [answer["ok"] for answer in (*alone, *together)] == [True, True, True]
    assert len(kept(town, order)) == 1
    assert refused[0]["why"] == "无法识别的照片，请上传 JPEG、PNG 或 WebP 图片"
    assert unasked[0]["why"] == "这一步不需要照片"


def test_a_photo_is_shown_to_who_may_see_its_order_and_does_not_exist_for_others(
    town: Town, order: int, signed_in: Callable[[str], FlaskClient]
):
    prove(town, order, Step.NOTE, taken())
    others = int(town.open().id)
    path = f"/work-orders/{order}/photos/1"

    seen = [signed_in(who).get(path) for who in (MAINTENANCE.value, Role.USE_UNIT.value, Role.STREET.value, Role.BUREAU.value)]
    foreign = signed_in(f"{MAINTENANCE.value}-2")
    unknown = [foreign.get(path), *(foreign.get(f"/work-orders/{each}/photos/1") for each in (others, 10**9, "x"))]
    none = signed_in(MAINTENANCE.value).get(f"/work-orders/{order}/photos/2")

    assert {(answer.status_code, answer.mimetype, answer.data) for answer in seen} == {(200, "image/jpeg", kept(town, order)[0].image)}
    assert {(answer.status_code, answer.text) for answer in (*unknown, none)} == {(404, none.text)}
    assert OTHER_MAINTAINER not in {town.order(order).unit_id, town.order(others).unit_id}


def test_a_photo_is_kept_by_its_readers_browser_alone_and_only_while_he_may_see_it(
    town: Town, order: int, signed_in: Callable[[str], FlaskClient], app: Dash
):
    prove(town, order, Step.NOTE, taken())
    path = f"/work-orders/{order}/photos/1"
    client = signed_in(MAINTENANCE.value)

    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    small = client.get(f"{path}?small=1")
    stranger = app.server.test_client().get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert (again.status_code, again.data) == (304, b"")
    assert max(Image.open(io.BytesIO(small.data)).size) == photos.THUMBNAIL_EDGE
    assert stranger.status_code == 302
