"""What the outbox says at its start."""

from __future__ import annotations

import pytest

from ingest.outbox import warn
from settings import Settings

GATEWAY, ADDRESS = {"notify_sms_url": "https://sms.example/send"}, {"public_url": "https://putuo.example"}


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        pytest.param(GATEWAY, ["no_rating_links"], id="messages, and nowhere to rate"),
        pytest.param(GATEWAY | ADDRESS, [], id="both"),
        pytest.param({}, [], id="no messages to citizens"),
    ],
)
def test_a_missing_address_is_told_where_citizens_are_sent_messages(
    said: dict[str, str], warned: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    warn(Settings.model_validate({"DATABASE_URL": "postgresql://127.0.0.1/none"} | said))

    assert [record.message for record in caplog.records] == warned
