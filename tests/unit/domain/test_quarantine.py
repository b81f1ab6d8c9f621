"""What is shown of a payload, and where a refused message stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.quarantine import ReplayState, replay_state, shown

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b'{"Speed": "fast"}', '{"Speed": "fast"}'),
        ("困人\n第二行".encode(), "困人\n第二行"),
        ("困人".encode()[:-1], "困"),
        (b"", ""),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\u202eb\u0000c and some more words".encode(), "a\ufffdb\ufffdc and some more words"),
        (bytes(range(0xF0, 0x100)) + b"\x01", "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff\n01"),
        (b"\x00\x01\x02\x03", "00 01 02 03"),
    ],
    ids=["json", "chinese", "cut within a character", "empty", "markup", "controls", "binary", "all controls"],
)
def test_a_payload_is_shown_as_text_or_in_hexadecimal(payload: bytes, text: str) -> None:
    assert shown(payload) == text


@pytest.mark.parametrize(
    ("requested", "replayed", "outcome", "state"),
    [
        (None, None, None, ReplayState.KEPT),
        (AT, None, None, ReplayState.REQUESTED),
        (AT, AT, "accepted", ReplayState.ACCEPTED),
        (AT, AT, "refused", ReplayState.REFUSED),
    ],
)
def test_where_a_refused_message_stands(
    requested: datetime | None, replayed: datetime | None, outcome: str | None, state: ReplayState
) -> None:
    assert replay_state(requested, replayed, outcome) is state
