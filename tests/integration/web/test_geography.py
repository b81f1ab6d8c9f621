"""The map's layers: for signed-in readers, from the folder of the deployment, refused before anybody sees a wrong one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from domain.errors import Invalid
from settings import Settings
from tests.integration.web import dash_calls, town
from web import geography

SHIPPED = Path(__file__).resolve().parents[3] / "assets" / "geo"
SignIn = Callable[[str], FlaskClient]


def with_layers(settings: Settings, folder: Path) -> FlaskClient:
    """A signed-in browser of a deployment with these layers."""
    client: FlaskClient = create_app(settings.model_copy(update={"geo_dir": folder})).server.test_client()
    assert client.post("/login", data={"username": "centre", "password": town.PASSWORD}).status_code == 303
    return client


def layers_of(client: FlaskClient) -> str:
    """The address that the map's page names."""
    with client.application.app_context():
        address = geography.url()
    assert address in dash_calls.said(dash_calls.page(client, "/map"))
    return address


def test_the_map_names_its_layers_and_a_reader_gets_them(signed_in: SignIn, anonymous: FlaskClient):
    reader = signed_in("changfeng")
    address = layers_of(reader)

    found = reader.get(address)
    packed = reader.get(address, headers={"Accept-Encoding": "gzip"})

    assert found.status_code == 200
    assert len([one for one in found.json["features"] if one["properties"]["layer"] == "street"]) == 10
    assert (packed.headers["Content-Encoding"], len(packed.data) < len(found.data) / 2) == ("gzip", True)
    assert "immutable" in found.headers["Cache-Control"]
    assert (anonymous.get(address).status_code, reader.get("/data/geography-0.json").status_code) == (401, 404)


def test_a_deployers_own_streets_are_served(settings: Settings, tmp_path: Path):
    whole = json.loads((SHIPPED / "putuo_schematic.geojson").read_text("utf-8"))
    whole["features"][0]["properties"]["name"] = "新名街道"
    (tmp_path / "streets.geojson").write_text(json.dumps(whole), "utf-8")
    client = with_layers(settings, tmp_path)

    assert "新名街道" in json.dumps(client.get(layers_of(client)).json, ensure_ascii=False)


def test_wrong_layers_stop_the_process_with_their_reason(settings: Settings, tmp_path: Path):
    (tmp_path / "streets.geojson").write_text('{"features": []}', "utf-8")

    with pytest.raises(Invalid, match=r"streets\.geojson.*10 streets of different codes"):
        with_layers(settings, tmp_path)


def test_the_full_layers_are_served(settings: Settings, full_layers: Path):
    client = with_layers(settings, full_layers)

    found = client.get(layers_of(client)).json

    assert {one["properties"]["layer"] for one in found["features"]} == {"street", "metro", "station", "road", "water"}
