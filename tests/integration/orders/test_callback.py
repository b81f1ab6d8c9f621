"""Every (status, step, role) through the callback, as a browser of each role, or somebody who imitates one, sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from app import create_app
from components import ids
from domain.order_words import Order, OrderKind, Proof, Step
from domain.scope import Role
from settings import Settings
from tests.integration.orders.placing import expected, placed, proof_for
from tests.integration.web.dash_calls import call
from tests.order_law import Triple, order_for, statuses, triples
from tests.order_town import CODES, LIFT, PASSWORD, PLACE, Town
from web.order_proofs import MOST_ACTS


@pytest.fixture(scope="module")
def app(town: Town, database_url: str, redis_url: str) -> Dash:
    """The composed application on the town."""
    return create_app(Settings.model_validate({"DATABASE_URL": database_url, "REDIS_URL": redis_url}))


@pytest.fixture
def signed_in(app: Dash) -> Iterator[Callable[[Role], FlaskClient]]:
    """Call it with a role for the browser of somebody who has it."""

    def sign_in(role: Role) -> FlaskClient:
        client: FlaskClient = app.server.test_client()
        answer: Any = client.post("/login", data={"username": role.value, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return sign_in


def told(proof: Proof) -> dict[str, Any]:
    """A proof as the dialog sends it."""
    names = ("scan", "note", "reason", "assignee", "master", "rating")
    said = {name: getattr(proof, name) for name in names}
    return said | {"unit": str(proof.unit), "position": list(proof.position or ()), "level": proof.level and proof.level.value}


def take(client: FlaskClient, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to some steps, in their order."""
    found = []
    for some in (acts[first : first + MOST_ACTS] for first in range(0, len(acts), MOST_ACTS)):
        output = {"id": ids.ORDER_RESULT, "property": "data"}
        answer = call(client, f"{ids.ORDER_RESULT}.data", output, {f"{ids.ORDER_ACT}.data": {"turn": 1, "acts": some}})
        assert answer.status_code == 200, answer.text
        found += answer.json["response"][ids.ORDER_RESULT]["data"]["answers"]
    return found


@pytest.mark.parametrize("role", Role, ids=str)
def test_every_status_and_step_through_the_callback(town: Town, signed_in: Callable[[Role], FlaskClient], role: Role):
    tried: dict[Order, int] = {}
    asked: list[tuple[Triple, int]] = []
    acts = []
    for kind in OrderKind:
        master = placed(town, order_for(Triple(kind, statuses(kind)[0], Step.NOTE, Role.BUREAU, None)))
        for triple in (each for each in triples(kind) if each.hand is role and each.status in statuses(kind)):
            order = order_for(triple)
            number = tried.get(order) if triple.to is None else None
            if number is None:
                number = placed(town, order)
            if triple.to is None:
                tried[order] = number
            asked.append((triple, number))
            acts.append({"order": number, "step": triple.step.value, "seen": 1, "proof": told(proof_for(town, triple, master))})

    answers = take(signed_in(role), acts)

    wrong = []
    for (triple, number), answer in zip(asked, answers, strict=True):
        status = town.order(number).status if triple.to is not None else ""
        if answer["ok"] != (triple.to is not None) or (triple.to is not None and status != expected(triple)):
            wrong.append(f"{triple}: {answer} {status}")
    assert wrong == []
    assert {town.order(number).seq for number in tried.values()} == {1}
    assert all(answer["why"] for answer in answers if not answer["ok"])


@pytest.mark.parametrize(
    "act",
    [
        {"order": "1; DROP TABLE work_orders", "step": "accept"},
        {"order": True, "step": "accept"},
        {"order": 2**63, "step": "accept"},
        {"order": 1, "step": "open"},
        {"order": 1, "step": None, "proof": "x"},
        {"order": 1, "step": "accept", "seen": "1e9", "proof": {"level": "nothing", "position": ["a", "b"], "unit": {"a": 1}}},
        {},
    ],
    ids=str,
)
def test_nonsense_is_answered_and_changes_nothing(town: Town, signed_in: Callable[[Role], FlaskClient], act: dict[str, Any]):
    before = town.sql("SELECT count(*), sum(seq) FROM work_orders")

    (answer,) = take(signed_in(Role.OPERATIONS_CENTRE), [act])

    assert not answer["ok"]
    assert answer["why"]
    assert town.sql("SELECT count(*), sum(seq) FROM work_orders") == before


def test_who_was_first_and_what_he_did_is_what_the_second_reads(town: Town, signed_in: Callable[[Role], FlaskClient]):
    order = town.open()
    act = {"order": order.id, "seen": order.seq, "proof": {"note": "误触"}}

    (first,) = take(signed_in(Role.OPERATIONS_CENTRE), [act | {"step": "false_alarm"}])
    (second,) = take(signed_in(Role.MAINTENANCE_UNIT), [act | {"step": "accept"}])

    assert first == {"id": order.id, "ok": True}
    assert second["conflict"]
    assert town.actors[Role.OPERATIONS_CENTRE].name in second["why"]
    assert "误报" in second["why"]


def test_who_stands_too_far_reads_how_far(town: Town, signed_in: Callable[[Role], FlaskClient]):
    order = town.open()
    seen = town.step(Role.MAINTENANCE_UNIT, order.id, Step.ACCEPT)
    away = {"scan": CODES[LIFT], "position": [PLACE[0], PLACE[1] + 0.01]}

    (answer,) = take(signed_in(Role.MAINTENANCE_UNIT), [{"order": order.id, "step": "sign_in", "seen": seen, "proof": away}])

    assert answer["why"] == "您的位置距设备 1,112 米，签到须在 300 米以内，请到现场签到"
