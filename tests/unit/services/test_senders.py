"""The channels: what a gateway is told and what its answers mean, and the addresses Apprise is given."""

from __future__ import annotations

import apprise
import pytest

from domain.outbox import Channel
from services.senders import Letter, Means, NotSent, Receipt, demonstrated, senders
from services.senders.gateway import Gateway
from services.senders.messengers import Messenger, dingtalk, email, wecom
from tests.post_office import post_office

LETTER = Letter("PT1:unit:1:opened", "13800000001", "困人：听涛苑", urgent=True)


@pytest.fixture
def office():
    with post_office() as found:
        yield found


def test_a_gateway_is_told_the_message_under_its_key(office):
    receipt = Gateway(url=office.url, token="secret").send(LETTER)

    assert receipt == Receipt(reference="S1")
    assert office.taken == {LETTER.key: {"key": LETTER.key, "to": "13800000001", "text": "困人：听涛苑", "urgent": True}}
    assert office.headers[0]["Authorization"] == "Bearer secret"


def test_a_webhook_is_its_own_address(office):
    Gateway().send(Letter("k", office.url, "text", urgent=False))

    assert office.taken["k"]["to"] == ""


@pytest.mark.parametrize(
    ("status", "answer", "receipt"),
    [
        (200, b'{"reference": 7, "delivered": true}', Receipt("7", delivered=True)),
        (202, b"", Receipt()),
        (200, b"<html>", Receipt()),
        (200, b"[1]", Receipt()),
        (409, b'{"reference": "S1"}', Receipt("S1")),
    ],
    ids=["delivered", "accepted", "no words", "a list", "known already"],
)
def test_what_counts_as_taken(office, status, answer, receipt):
    office.status, office.answer = status, answer

    assert Gateway(url=office.url).send(LETTER) == receipt


@pytest.mark.parametrize(
    ("status", "for_good"), [(400, True), (403, True), (404, True), (302, False), (408, False), (429, False), (503, False)]
)
def test_what_does_not(office, status, for_good):
    office.status = status

    with pytest.raises(NotSent) as refused:
        Gateway(url=office.url).send(LETTER)

    assert (refused.value.reason, refused.value.for_good) == (f"HTTP {status}", for_good)


def test_a_gateway_that_does_not_answer_is_tried_again_later(office):
    office.open_.clear()

    with pytest.raises(NotSent) as refused:
        Gateway(url=office.url, timeout=0.2).send(LETTER)

    assert not refused.value.for_good


@pytest.mark.parametrize("address", ["", "13800000001", "file:///etc/passwd", "http://", "http://[::1"])
def test_an_address_that_is_none_is_no_crash(address):
    with pytest.raises(NotSent) as refused:
        Gateway().send(Letter("k", address, "text", urgent=False))

    assert refused.value.for_good


@pytest.mark.parametrize(
    ("url", "service"),
    [
        (wecom("11112222-aaaa-bbbb"), "NotifyWeComBot"),
        (dingtalk("token0123456789"), "NotifyDingTalk"),
        (dingtalk("SEC0123456789@token0123456789"), "NotifyDingTalk"),
        (email("mailtos://user:password@smtp.example.com?from=centre@example.com")("duty@example.com"), "NotifyEmail"),
    ],
    ids=["wecom", "dingtalk", "signed dingtalk", "e-mail"],
)
def test_apprise_knows_the_addresses_we_make(url, service):
    found = apprise.Apprise.instantiate(url)

    assert type(found).__name__ == service


def test_an_address_apprise_cannot_read_is_refused_for_good():
    with pytest.raises(NotSent) as refused:
        Messenger(lambda address: f"nonsense://{address}").send(LETTER)

    assert refused.value.for_good


def test_a_service_that_refuses_is_tried_again():
    with pytest.raises(NotSent) as refused:
        Messenger(lambda _: "json://127.0.0.1:9/?cto=0.2&rto=0.2").send(LETTER)

    assert not refused.value.for_good


def test_a_deployment_has_the_channels_it_has_means_for():
    assert Channel.SMS not in senders(Means())
    assert {Channel.SMS, Channel.EMAIL} <= set(senders(Means(sms_url="https://sms.example.com/", email_url="mailtos://a:b@example.com")))
    assert Channel.CONSOLE not in senders(Means())


def test_a_demonstration_reaches_nobody():
    assert set(demonstrated()) == {Channel.CONSOLE, Channel.DRILL}
