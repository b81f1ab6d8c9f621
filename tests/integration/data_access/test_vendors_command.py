"""`python -m services.vendors`: a real installation's vendors, before their machines are imported."""

from __future__ import annotations

import json

import pytest

from data_access.repositories import audit, vendors
from services.vendors.__main__ import main


@pytest.fixture(autouse=True)
def _settings(monkeypatch, database_url):
    for name, value in {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "MQTT_URL": "mqtt://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)


def test_the_brokers_vendors_become_the_platforms_once(store, tmp_path, capsys):
    path = tmp_path / "vendors.json"
    path.write_text(json.dumps([{"name": "xzl", "title": "迅智联", "username": "xzl", "password": "-"}]), "utf-8")

    assert main([str(path)]) == 0
    first = capsys.readouterr().out.split()
    assert main([str(path)]) == 0

    assert (first, capsys.readouterr().out.split()) == (["xzl"], [])
    with store.reading() as tx:
        assert vendors.names(tx) == {"xzl"}
        assert audit.first_broken(tx) is None


@pytest.mark.parametrize("text", ["", "{", '{"name": 1}', '[{"name": "xzl"}]'])
def test_a_file_that_is_no_list_of_vendors_is_refused(tmp_path, capsys, text):
    path = tmp_path / "vendors.json"
    path.write_text(text, "utf-8")

    assert main([str(path)]) == 1
    assert "vendors.json" in capsys.readouterr().err


def test_no_vendor_may_have_the_platforms_own_name(store, tmp_path, capsys):
    path = tmp_path / "vendors.json"
    path.write_text(json.dumps([{"name": "htk", "title": "沪梯康"}, {"name": "ingest", "title": "某某"}]), "utf-8")

    assert main([str(path)]) == 1
    assert "no vendor may be named 'ingest'" in capsys.readouterr().err
    with store.reading() as tx:
        assert not vendors.names(tx) & {"htk", "ingest"}
