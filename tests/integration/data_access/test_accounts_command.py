"""`python -m services.accounts`: a real installation's first account, and the end of somebody's sessions."""

from __future__ import annotations

import pytest

from data_access.repositories import audit
from domain.scope import Role, Scope
from services import identity
from services.accounts.__main__ import main
from tests.integration.data_access.district import AT


@pytest.fixture(autouse=True)
def _settings(monkeypatch, database_url):
    for name, value in {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "MQTT_URL": "mqtt://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PUTUO_METRICS_TOKEN", "for this test alone")


def _sign_in(store, password):
    return identity.sign_in(store, "zhang", password, address="", at=AT)


def test_an_account_is_made_used_and_ended(store, capsys):
    assert main(["add", "zhang", "street", "--name", "张某", "--street", "310107902", "--kind", "elevator"]) == 0
    password = capsys.readouterr().out.strip()
    signed_in = _sign_in(store, password)

    assert signed_in.session.scope == Scope(Role.STREET, ("310107902",), None, ("elevator",))
    assert main(["add", "zhang", "bureau"]) == 1
    assert "conflict" in capsys.readouterr().err

    assert main(["revoke", "zhang", "--reason", "离岗"]) == 0
    assert capsys.readouterr().out.strip() == "1"
    assert identity.alive(store, [signed_in.token], at=AT) == {}
    assert main(["revoke", "nobody", "--reason", "离岗"]) == 1
    with store.reading() as tx:
        assert audit.first_broken(tx) is None
