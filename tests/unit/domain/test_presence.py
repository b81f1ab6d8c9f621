"""When a monitor is silent, offline, or due for an alarm, and how its cadence is learned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment import ELEVATOR, FORKLIFT
from domain.equipment.kind import EquipmentKind
from domain.presence import Presence, alarm_limit, next_cadence, offline_limit, presence_of

AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "cadence", "settings", "presence"),
    [
        pytest.param(0, 5, {}, Presence.ONLINE, id="just heard"),
        pytest.param(300, 5, {}, Presence.ONLINE, id="at the silence of a quick device"),
        pytest.param(300.1, 5, {}, Presence.SILENT, id="just over it"),
        pytest.param(240, 240, {}, Presence.ONLINE, id="a vendor of four minutes"),
        pytest.param(720, 240, {}, Presence.ONLINE, id="three of its periods"),
        pytest.param(720.1, 240, {}, Presence.SILENT, id="just over three periods"),
        pytest.param(900, 5, {}, Presence.SILENT, id="at 15 min"),
        pytest.param(900.1, 5, {}, Presence.OFFLINE, id="just over 15 min"),
        pytest.param(900.1, 240, {}, Presence.OFFLINE, id="15 min for the slow vendor too"),
        pytest.param(1800, 600, {}, Presence.ONLINE, id="a device of ten minutes"),
        pytest.param(1800.1, 600, {}, Presence.OFFLINE, id="just over three of its periods"),
        pytest.param(600.1, 5, {"presence.offline_seconds": 600}, Presence.OFFLINE, id="offline by setting"),
        pytest.param(60.1, 5, {"presence.silent_seconds": 60}, Presence.SILENT, id="silent by setting"),
        pytest.param(-600, 5, {}, Presence.ONLINE, id="a clock that runs ahead"),
        pytest.param(10, 0, {}, Presence.ONLINE, id="cadence not known yet"),
    ],
)
def test_the_presence_of_a_monitor(quiet: float, cadence: float, settings: Mapping[str, float], presence: Presence) -> None:
    sampled_at = AT - timedelta(seconds=quiet)

    assert presence_of(bound=True, sampled_at=sampled_at, cadence_seconds=cadence, settings=settings, at=AT) is presence


@pytest.mark.parametrize("sampled_at", [None, AT])
def test_a_machine_without_a_vendor_is_not_fitted(sampled_at: datetime | None) -> None:
    assert presence_of(bound=False, sampled_at=sampled_at, cadence_seconds=5, settings={}, at=AT) is Presence.NOT_FITTED


def test_a_bound_monitor_that_never_spoke_is_not_offline() -> None:
    assert presence_of(bound=True, sampled_at=None, cadence_seconds=0, settings={}, at=AT) is Presence.NEVER


@pytest.mark.parametrize(
    ("kind", "cadence", "settings", "limit"),
    [
        (ELEVATOR, 5, {}, 900),
        (ELEVATOR, 600, {}, 1800),
        (ELEVATOR, 5, {"presence.offline_alarm_seconds": 3600}, 3600),
        (FORKLIFT, 5, {}, 86_400),
        (FORKLIFT, 5, {"forklift.offline_alarm_seconds": 7200}, 7200),
    ],
    ids=str,
)
def test_the_silence_that_is_an_alarm(kind: EquipmentKind, cadence: float, settings: Mapping[str, float], limit: float) -> None:
    assert alarm_limit(kind, cadence, settings) == limit


@pytest.mark.parametrize(
    ("cadence", "gap", "learned"),
    [
        pytest.param(0, 5, 5, id="the first gap"),
        pytest.param(1, 60, 60, id="rises at once"),
        pytest.param(60, 1, 54, id="forgets slowly"),
        pytest.param(5, 900, 900, id="at the limit of an outage"),
        pytest.param(5, 900.1, 5, id="an outage teaches nothing"),
        pytest.param(240, 2400, 2400, id="ten periods"),
        pytest.param(240, 2401, 240, id="more than ten periods"),
        pytest.param(0, 3601, 0, id="over an hour is no first gap"),
    ],
)
def test_how_a_cadence_is_learned(cadence: float, gap: float, learned: float) -> None:
    assert next_cadence(cadence, gap) == pytest.approx(learned)


def test_an_outage_does_not_make_the_next_one_harder_to_see() -> None:
    cadence = next_cadence(next_cadence(0, 5), 3000)

    assert offline_limit(cadence, {}) == 900


@given(st.lists(st.floats(0.1, 3600), min_size=1, max_size=50))
def test_a_cadence_lies_within_the_gaps_that_were_seen(gaps: list[float]) -> None:
    cadence = 0.0
    for gap in gaps:
        cadence = next_cadence(cadence, gap)

    assert 0 < cadence <= max(gaps)
