"""Whatever JSON a vendor sends, a dialect understands it or refuses it; nothing else comes out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.telemetry import Reject
from ingest.dialects import houqi, lingang, songjiang
from ingest.topics import Channel
from tests.unit.ingest.dialects.hearing import LIFT, NOON_MS, NOON_TEXT, THEIRS, say

TAILS = {
    Dialect.HOUQI: ("API/V1/Up/LiftState", "API/V1/Up/LiftFault", "API/V1/Up/LiftRunInfo", "/API/V1/Up/LiftFault"),
    Dialect.SONGJIANG: ("data",),
    Dialect.LINGANG: ("user/data",),
    Dialect.CHONGQING: ("data",),
}
KEYS = sorted(
    {"data", "time", "msgType", "content", "runStatistic", "ErrorListBean", "faultType", "faultBeginTime", "faultEndTime", "receivedAt"}
    | {"elevatorNo", "macAddr", "liftNo", "deviceNo", "registrtionCode", "elevatorCode", "faultId", "faultName", "other"}
    | houqi.STATE.keys()
    | houqi.RUN.keys()
    | songjiang.STATE.keys()
    | songjiang.CODES.keys()
    | lingang.STATE.keys()
    | lingang.ORDER.keys()
)
WORDS = ["", THEIRS, LIFT, NOON_TEXT, str(NOON_MS), "Y", "N", "runInfo", "entrapWO", "uncivilizedWO", "normal", "\ud800", "\0", "９", "NaN"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*WORDS, NOON_MS, 10**400, -1, 1e300])
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner), max_leaves=30
)
MESSAGES = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12) | JSON


@pytest.mark.parametrize("dialect", TAILS)
@given(data=st.data())
def test_nothing_but_a_refusal_is_raised(dialect: Dialect, data: Any) -> None:
    tail, body = data.draw(st.sampled_from(TAILS[dialect])), data.draw(MESSAGES)

    with suppress(BadPayload):
        said = say(dialect, tail, body)
        for item in said.items:
            assert item.channel in (Channel.STATE, Channel.EVENT, Channel.STATISTICS)
            assert item.code
            assert isinstance(item.body, dict)
        for refused in said.refused:
            assert Reject(str(refused.fault.data["reason"]))
            with suppress(UnicodeEncodeError):  # a half surrogate cannot come over the wire
                msgspec.json.encode(refused.part)


@given(data=st.data())
def test_a_part_that_was_refused_is_refused_again_by_itself(data: Any) -> None:
    entries = data.draw(st.lists(st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=8), min_size=1, max_size=4))
    body = {"data": [{"liftNo": THEIRS, **entry} for entry in entries], "time": NOON_TEXT}

    with suppress(BadPayload):
        said = say(Dialect.SONGJIANG, "data", body)
        for refused in said.refused:
            again = say(Dialect.SONGJIANG, "data", refused.part)
            assert again.refused
            assert all(item in said.items for item in again.items)  # 超员 is a flag and a figure
