"""What a message may say, and every reason to refuse one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment import ELEVATOR, FORKLIFT
from domain.errors import BadPayload
from domain.telemetry import (
    BEIJING,
    FUTURE_LIMIT,
    OLDEST,
    SHOWN_LENGTH,
    UNKNOWN_KEYS_KEPT,
    Phase,
    Reject,
    event_phase,
    parse_state,
    parse_time,
    person_in,
)

AT = datetime(2026, 11, 20, 0, 15, 2, tzinfo=UTC)
NOW = "2026-11-20 08:15:02"


def refusal(error: pytest.ExceptionInfo[BadPayload]) -> Reject:
    return Reject(str(error.value.data["reason"]))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("2026-11-20 08:15:02", id="Beijing time"),
        pytest.param("2026-11-20T08:15:02", id="ISO without offset is Beijing time"),
        pytest.param("2026-11-20T08:15:02+08:00", id="ISO with offset"),
        pytest.param("2026-11-20T00:15:02Z", id="ISO in UTC"),
        pytest.param("2026-11-19T19:15:02-05:00", id="another offset"),
        pytest.param(1_795_133_702_000, id="epoch milliseconds"),
        pytest.param("1795133702000", id="epoch milliseconds as text"),
        pytest.param(" 2026-11-20 08:15:02 ", id="spaces around"),
    ],
)
def test_a_time_is_read_as_utc(raw: object) -> None:
    moment = parse_time(raw, at=AT)

    assert moment == AT
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(None, Reject.NO_TIME, id="null"),
        pytest.param("", Reject.NO_TIME, id="empty"),
        pytest.param("   ", Reject.BAD_TIME, id="spaces"),
        pytest.param("soon", Reject.BAD_TIME, id="a word"),
        pytest.param("2026-11-20", Reject.BAD_TIME, id="a bare date"),
        pytest.param("08:15:02", Reject.BAD_TIME, id="a bare clock time"),
        pytest.param("2026-02-30 08:15:02", Reject.BAD_TIME, id="30 February"),
        pytest.param("2026-11-20 24:01:00", Reject.BAD_TIME, id="24:01"),
        pytest.param("２０２６-11-20 08:15:02", Reject.BAD_TIME, id="full-width digits"),
        pytest.param("١٧٩٥١٣٣٧٠٢٠٠٠", Reject.BAD_TIME, id="Arabic digits"),
        pytest.param("1795133702", Reject.BAD_TIME, id="epoch seconds as text"),
        pytest.param(True, Reject.BAD_TIME, id="a truth value"),
        pytest.param(1_795_133_702.5, Reject.BAD_TIME, id="a fraction"),
        pytest.param(float("nan"), Reject.BAD_TIME, id="NaN"),
        pytest.param({"at": NOW}, Reject.BAD_TIME, id="an object"),
        pytest.param([NOW], Reject.BAD_TIME, id="a list"),
        pytest.param(10**400, Reject.BAD_TIME, id="a huge integer"),
        pytest.param(10**6000, Reject.BAD_TIME, id="an integer Python refuses to print"),
        pytest.param("9" * 5000, Reject.BAD_TIME, id="a huge text of digits"),
        pytest.param("0001-01-01 00:00:00", Reject.BAD_TIME, id="before any UTC time"),
        pytest.param("9999-12-31T23:59:59-08:00", Reject.BAD_TIME, id="after any UTC time"),
        pytest.param("9999-12-31 23:59:59", Reject.FUTURE, id="year 9999"),
        pytest.param(253_402_300_799_000, Reject.FUTURE, id="year 9999 in milliseconds"),
        pytest.param("1970-01-01 08:00:00", Reject.TOO_OLD, id="a dead clock"),
        pytest.param(1, Reject.TOO_OLD, id="a dead clock in milliseconds"),
        pytest.param(1_795_133_702, Reject.TOO_OLD, id="epoch seconds are no milliseconds"),
        pytest.param(-1, Reject.TOO_OLD, id="before the epoch"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_its_reason(raw: object, reason: Reject) -> None:
    with pytest.raises(BadPayload) as error:
        parse_time(raw, at=AT)

    assert refusal(error) is reason


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        pytest.param(AT + FUTURE_LIMIT, True, id="exactly ten minutes ahead"),
        pytest.param(AT + FUTURE_LIMIT + timedelta(seconds=1), False, id="a second more"),
        pytest.param(OLDEST, True, id="the oldest"),
        pytest.param(OLDEST - timedelta(seconds=1), False, id="a second before"),
    ],
)
def test_the_edges_of_time(moment: datetime, accepted: bool) -> None:
    raw = moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")

    if accepted:
        assert parse_time(raw, at=AT) == moment
    else:
        with pytest.raises(BadPayload):
            parse_time(raw, at=AT)


@given(st.integers(0, 10**10), st.booleans())
def test_beijing_text_and_milliseconds_name_the_same_second(second: int, as_text: bool) -> None:
    moment = OLDEST + timedelta(seconds=second % int((AT - OLDEST).total_seconds()))
    millis = int(moment.timestamp() * 1000)

    assert parse_time(str(millis) if as_text else millis, at=AT) == moment
    assert parse_time(moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"), at=AT) == moment


@pytest.mark.parametrize("key", ["samplingTime", "ts", "Package_Time"])
def test_the_sampling_time_goes_by_three_names(key: str) -> None:
    sampled_at, _, unknown = parse_state(ELEVATOR, {key: NOW}, at=AT)

    assert sampled_at == AT
    assert unknown == ()


def test_a_state_without_a_time_is_refused() -> None:
    with pytest.raises(BadPayload) as error:
        parse_state(ELEVATOR, {"Speed": 1.0}, at=AT)

    assert refusal(error) is Reject.NO_TIME


def test_unknown_keys_are_named_and_known_ones_of_the_envelope_are_not() -> None:
    body = {"samplingTime": NOW, "registerNumber": "1", "msgId": "a", "type": "state", "Speeed": 1, "注": 2}

    _, _, unknown = parse_state(ELEVATOR, body, at=AT)

    assert unknown == ("Speeed", "注")


def test_keys_are_case_sensitive() -> None:
    _, values, unknown = parse_state(ELEVATOR, {"samplingTime": NOW, "speed": 1.0}, at=AT)

    assert unknown == ("speed",)
    assert set(values) == {None}


def test_a_flood_of_unknown_keys_is_cut_and_made_storable() -> None:
    body = {"samplingTime": NOW, "\x00\ud800": 1, "k" * 500: 2} | {f"key{i}": i for i in range(1000)}

    _, _, unknown = parse_state(ELEVATOR, body, at=AT)

    assert len(unknown) == UNKNOWN_KEYS_KEPT
    assert all(len(key) <= SHOWN_LENGTH and key.isprintable() for key in unknown)


@pytest.mark.parametrize(
    ("body", "lng", "lat"),
    [
        pytest.param({"lng": 121.4, "lat": 31.25}, 121.4, 31.25, id="WGS-84 when not said"),
        pytest.param({"lng": 121.4, "lat": 31.25, "coordType": "WGS84"}, 121.4, 31.25, id="WGS-84"),
        pytest.param({"lng": 121.4, "lat": 31.25, "coordType": "gcj02"}, 121.395348, 31.251827, id="GCJ-02"),
        pytest.param({"lng": 121.4, "lat": 31.25, "coordType": "GCJ-02"}, 121.395348, 31.251827, id="GCJ-02 with a hyphen"),
        pytest.param({"lng": 0, "lat": 0}, None, None, id="a receiver without a fix"),
        pytest.param({"lng": 121.4}, None, None, id="half a position"),
    ],
)
def test_a_trucks_position_is_brought_to_wgs84(body: Mapping[str, object], lng: float | None, lat: float | None) -> None:
    _, values, _ = parse_state(FORKLIFT, {"ts": NOW, **body}, at=AT)

    got = values[FORKLIFT.position["lng"]], values[FORKLIFT.position["lat"]]
    assert got == (pytest.approx(lng, abs=2e-6), pytest.approx(lat, abs=2e-6)) if lng is not None else got == (None, None)


@pytest.mark.parametrize("coord_type", ["mars", 7, ["gcj02"], "\x00"])
def test_a_position_in_an_unknown_datum_is_refused(coord_type: object) -> None:
    with pytest.raises(BadPayload) as error:
        parse_state(FORKLIFT, {"ts": NOW, "lng": 121.4, "lat": 31.25, "coordType": coord_type}, at=AT)

    assert error.value.data["field"] == "coordType"


@pytest.mark.parametrize(
    ("raw", "phase"),
    [
        (None, Phase.ADD),
        ("", Phase.ADD),
        ("add", Phase.ADD),
        ("ADD", Phase.ADD),
        ("disappear", Phase.DISAPPEAR),
        (" Disappear ", Phase.DISAPPEAR),
    ],
)
def test_an_event_begins_unless_it_says_that_it_ends(raw: object, phase: Phase) -> None:
    assert event_phase(raw) is phase


@pytest.mark.parametrize("raw", ["clear", "0", 0, False, 1, [], {"phase": "add"}, "\ud800"], ids=repr)
def test_an_event_of_another_phase_is_refused(raw: object) -> None:
    with pytest.raises(BadPayload) as error:
        event_phase(raw)

    assert refusal(error) is Reject.BAD_PHASE


@pytest.mark.parametrize(
    ("details", "person"),
    [
        pytest.param([{"paramCode": "Passenger_Status", "paramValue": "True"}], True, id="text"),
        pytest.param([{"paramCode": "Passenger_Status", "paramValue": False}], False, id="a truth value"),
        pytest.param([{"paramCode": "Passenger_Status", "paramValue": 1}], True, id="a number"),
        pytest.param(
            [{"paramCode": "Car_Position", "paramValue": "7"}, {"paramCode": "Passenger_Status", "paramValue": "0"}], False, id="second"
        ),
        pytest.param([{"paramCode": "Passenger_Status", "paramValue": "perhaps"}], None, id="unclear"),
        pytest.param([{"paramCode": "Passenger_Status"}], None, id="no value"),
        pytest.param([], None, id="nothing"),
        pytest.param(["Passenger_Status"], None, id="not an object"),
        pytest.param("Passenger_Status", None, id="not a list"),
        pytest.param(None, None, id="null"),
    ],
)
def test_whether_an_event_says_that_somebody_is_inside(details: object, person: bool | None) -> None:
    assert person_in(details) is person
