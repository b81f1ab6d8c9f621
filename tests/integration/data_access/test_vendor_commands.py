"""What an operator says about vendors: who may push, which dialect they speak, and what they call our machines."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from data_access.repositories import audit, vendors
from domain.dialects import Dialect
from domain.errors import Invalid
from services import vendor_access, vendor_dialects
from services.identity import Refusal, SignInRefused
from services.vendor_access.__main__ import main as access_command
from services.vendor_dialects.__main__ import main as dialects_command
from tests.integration.ingest.district import just_now, lift, settle

SECRET = "0123456789abcdef"
AT = just_now()


@pytest.fixture(autouse=True)
def _settings(monkeypatch, database_url):
    for name, value in {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "MQTT_URL": "mqtt://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module", autouse=True)
def _district(database_url):
    settle(database_url)


def _noted(store):
    with store.reading() as tx:
        assert audit.first_broken(tx) is None
        return tx.rows(text("SELECT action, object, before, after FROM audit_log ORDER BY id DESC LIMIT 1"))


def _admit(monkeypatch, vendor, secret):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
    return access_command(["admit", vendor])


def test_a_vendor_is_admitted_with_a_secret_that_is_only_kept_as_a_hash(store, monkeypatch, capsys):
    assert _admit(monkeypatch, "xzl", SECRET) == 0
    assert _admit(monkeypatch, "xzl", SECRET) == 0
    assert capsys.readouterr().out.split() == ["xzl"]

    token = vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.1", at=AT)
    assert vendor_access.pusher(store, token.text, at=AT) == vendor_access.Pusher("xzl", Dialect.PLATFORM)
    with store.reading() as tx:
        stored = [*tx.scalars(text("SELECT secret_hash FROM vendors")), *tx.scalars(text("SELECT digest FROM vendor_tokens"))]
    assert not {SECRET, token.text} & set(stored)
    assert _noted(store) == [("admit_vendor", "vendor:xzl", None, None)]


def test_a_token_ends_when_it_says(store):
    token = vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.1", at=AT)

    assert token.expires_at == AT + vendor_access.LIFETIME
    assert vendor_access.pusher(store, token.text, at=token.expires_at - timedelta(seconds=1)) is not None
    assert vendor_access.pusher(store, token.text, at=token.expires_at) is None


def test_of_a_vendor_that_signs_in_before_every_message_the_newest_tokens_are_kept(store):
    tokens = [
        vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.1", at=AT + timedelta(seconds=n)).text
        for n in range(vendor_access.KEPT + 2)
    ]

    assert vendor_access.pusher(store, tokens[0], at=AT) is None
    assert vendor_access.pusher(store, tokens[-1], at=AT) is not None


def test_a_dismissed_vendor_is_out_at_once(store):
    token = vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.1", at=AT)

    assert access_command(["dismiss", "xzl"]) == 0

    assert vendor_access.pusher(store, token.text, at=AT) is None
    with pytest.raises(SignInRefused):
        vendor_access.sign_in(store, "xzl", SECRET, address="192.0.2.9", at=AT)
    assert _noted(store)[0][0] == "sign_in_refused"


@pytest.mark.parametrize("name", ["htk", "nobody", "x\0"])
def test_five_wrong_secrets_lock_a_name_for_that_address_whether_it_is_a_vendors_or_not(store, name):
    def reason(address):
        with pytest.raises(SignInRefused) as refusal:
            vendor_access.sign_in(store, name, "guessed", address=address, at=AT)
        return refusal.value.reason

    assert [reason("192.0.2.2") for _ in range(6)] == [Refusal.WRONG] * 5 + [Refusal.LOCKED]
    assert reason("192.0.2.3") is Refusal.WRONG


@pytest.mark.parametrize(("vendor", "secret", "said"), [("nobody", SECRET, "nobody"), ("htk", "short", "12"), ("htk", "x" * 257, "256")])
def test_what_is_no_vendor_or_no_secret_is_refused(monkeypatch, capsys, vendor, secret, said):
    assert _admit(monkeypatch, vendor, secret) == 1
    assert said in capsys.readouterr().err


def test_the_list_of_the_broker_gives_known_vendors_their_secrets(store, tmp_path, capsys):
    path = tmp_path / "vendors.json"
    path.write_text(json.dumps([{"name": "ydw", "password": SECRET}, {"name": "unknown", "password": SECRET}]), "utf-8")

    assert access_command(["import", str(path)]) == 0

    assert capsys.readouterr().out.split() == ["ydw"]
    assert vendor_access.sign_in(store, "ydw", SECRET, address="192.0.2.1", at=AT).text


def test_a_dialect_is_spoken_from_now_on(store, capsys):
    assert dialects_command(["speak", "shy", "houqi"]) == 0
    assert dialects_command(["speak", "shy", "houqi"]) == 0

    with store.reading() as tx:
        assert vendors.dialects(tx) == {"shy": "houqi"}
    assert _noted(store) == [("change_dialect", "vendor:shy", {"dialect": "platform"}, {"dialect": "houqi"})]
    assert dialects_command(["list"]) == 0
    assert {"shy\thouqi", "xzl\tplatform"} <= set(capsys.readouterr().out.splitlines())


def test_machines_are_known_by_the_vendors_names(store, tmp_path, capsys):
    path = tmp_path / "names.csv"
    path.write_text(f"vendor,their_id,code\nshy,HQ-1,{lift(0)}\nshy,0007,{lift(1)}\n", "utf-8")

    assert dialects_command(["import", str(path)]) == 0
    assert dialects_command(["import", str(path)]) == 0
    assert dialects_command(["name", "shy", "HQ-1", lift(2)]) == 0

    assert capsys.readouterr().out.split() == ["2", "0", "1"]
    with store.reading() as tx:
        assert vendors.their_codes(tx) == {("shy", "HQ-1"): lift(2), ("shy", "0007"): lift(1)}
    assert _noted(store) == [("name_machines", "vendor:shy", {"HQ-1": lift(0)}, {"HQ-1": lift(2)})]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["speak", "shy", "klingon"], "klingon"),
        (["speak", "nobody", "houqi"], "nobody"),
        (["name", "nobody", "HQ-1", lift(0)], "nobody"),
        (["name", "shy", "HQ-1", "never registered"], "never registered"),
        (["name", "shy", " HQ-1", lift(0)], "HQ-1"),
        (["name", "shy", "x" * 65, lift(0)], "xxx"),
        (["import", "/nonexistent.csv"], "nonexistent"),
    ],
)
def test_what_cannot_be_meant_is_refused(capsys, arguments, said):
    assert dialects_command(arguments) == 1
    assert said in capsys.readouterr().err


def test_one_name_for_two_machines_changes_nothing(store):
    with pytest.raises(Invalid, match="both"):
        vendor_dialects.learn(
            store, [vendor_dialects.Name("shy", "HQ-3", lift(0)), vendor_dialects.Name("shy", "HQ-3", lift(1))], by="test", at=AT
        )

    with store.reading() as tx:
        assert ("shy", "HQ-3") not in vendors.their_codes(tx)
