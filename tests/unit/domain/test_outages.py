"""When a group of monitors is lost, by which cause, and when never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.outages import SHORTEST, Cause, Clues, Key, Loss, Monitor, is_over, losses, waiting_seconds

Town = list[tuple[Monitor, float]]
AT = datetime(2026, 11, 20, tzinfo=UTC)
GOLDEN = 0.6180339887


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def group(
    first: int,
    count: int,
    *,
    vendor: str = "xzl",
    gateway: str | None = None,
    site: int | None = None,
    cadence: float = 60,
    until: float = 0,
    spread: float = 1.0,
) -> list[Monitor]:
    """Monitors at even phases that spoke until `until` (seconds from AT); with a small `spread`, all in one breath."""
    said = [after((until - cadence * n * GOLDEN % cadence) if spread == 1.0 else until - spread * n / count) for n in range(count)]
    return [Monitor(first + n, vendor, gateway, site, at, at, cadence) for n, at in enumerate(said)]


def found(monitors: Sequence[Monitor], seconds: float, **clues: object) -> list[tuple[Cause, str, int]]:
    """(cause, name, members) of what is lost so many seconds after AT."""
    return [(loss.cause, loss.key.name, len(loss.members)) for loss in losses(monitors, Clues(after(seconds), **clues))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("speakers", "cadence", "seconds"),
    [
        pytest.param(3000, 5, 35, id="thousands, quick: the shortest"),
        pytest.param(3000, 60, 35, id="thousands of a minute: the shortest"),
        pytest.param(100, 60, 35, id="a hundred of a minute"),
        pytest.param(30, 60, 50.8, id="thirty of a minute"),
        pytest.param(10, 60, 83.0, id="ten of a minute: more than their period"),
        pytest.param(2, 60, 90.0, id="two"),
        pytest.param(1, 60, 180.0, id="one message for all: three periods"),
        pytest.param(100, 240, 81.3, id="a hundred of four minutes"),
        pytest.param(2, 240, 360.0, id="two of four minutes"),
    ],
)
def test_small_groups_wait_longer(speakers: int, cadence: float, seconds: float) -> None:
    assert waiting_seconds(speakers, cadence, {}) == pytest.approx(seconds, abs=0.1)


@given(st.integers(1, 5000), st.sampled_from([1, 5, 60, 240]))
def test_one_more_speaker_never_makes_the_wait_longer(speakers: int, cadence: float) -> None:
    assert waiting_seconds(speakers, cadence, {}) >= waiting_seconds(speakers + 1, cadence, {}) >= SHORTEST.default


ALIVE = group(10_000, 200, gateway="G-2", site=2, until=1000) + group(11_000, 50, vendor="htk", gateway="H-1", site=3, until=1000)


@pytest.mark.parametrize(
    ("monitors", "lost"),
    [
        pytest.param(group(0, 3000, gateway="G-1") + ALIVE, [(Cause.GATEWAY, "G-1", 3000)], id="a gateway over no site"),
        pytest.param(
            group(0, 40, gateway="G-1", site=1) + group(100, 40, gateway="G-1", site=4) + ALIVE,
            [(Cause.GATEWAY, "G-1", 80)],
            id="a gateway of two sites",
        ),
        pytest.param(group(0, 40, gateway="G-1", site=1) + ALIVE, [(Cause.GATEWAY, "G-1", 40)], id="a gateway that is all of a site"),
        pytest.param(
            group(0, 40, gateway="G-2", site=1) + ALIVE, [(Cause.SITE, "1", 40)], id="a site whose gateway goes on speaking for another"
        ),
        pytest.param(
            group(0, 20, gateway="G-1", site=1) + group(100, 20, gateway="G-3", site=1) + ALIVE,
            [(Cause.SITE, "1", 40)],
            id="two gateways of one site",
        ),
        pytest.param(
            group(0, 20, gateway="G-1", site=1) + group(100, 20, vendor="htk", gateway="H-1", site=1) + ALIVE,
            [(Cause.POWER, "1", 40)],
            id="two vendors of one site",
        ),
        pytest.param(
            [m for n in range(12) for m in group(100 * n, 30, vendor="ydw", gateway=f"Y-{n}", site=100 + n, until=-n)] + ALIVE,
            [(Cause.VENDOR, "ydw", 360)],
            id="a vendor of twelve gateways that fall within seconds",
        ),
        pytest.param(
            group(0, 40, gateway="G-1", site=1) + group(100, 40, vendor="htk", gateway="H-9", site=9) + ALIVE,
            [(Cause.GATEWAY, "G-1", 40), (Cause.GATEWAY, "H-9", 40)],
            id="two at once are two",
        ),
        pytest.param(group(0, 1, gateway="G-1", site=1) + ALIVE, [], id="one device is no group"),
        pytest.param(
            group(0, 100, gateway="G-1") + group(200, 5, gateway="G-1", until=1000) + ALIVE,
            [(Cause.GATEWAY, "G-1", 100)],
            id="a few strays hang elsewhere",
        ),
        pytest.param(
            group(0, 100, gateway="G-1") + group(200, 30, gateway="G-1", until=1000) + ALIVE, [], id="a gateway half of which speaks"
        ),
    ],
)
def test_the_largest_group_that_is_silent_as_a_whole_is_lost(monitors: list[Monitor], lost: list[tuple[Cause, str, int]]) -> None:
    assert found(monitors, 300) == lost


def test_a_lost_gateway_is_found_within_the_minute_and_not_before_it_could_be_chance() -> None:
    monitors = group(0, 3000, gateway="G-1") + ALIVE

    assert (found(monitors, 34), found(monitors, 36)) == ([], [(Cause.GATEWAY, "G-1", 3000)])


@pytest.mark.parametrize(
    ("clues", "cause"),
    [
        ({}, Cause.GATEWAY),
        ({"powerless": frozenset({1})}, Cause.POWER),
        ({"powerless": frozenset({7})}, Cause.GATEWAY),
        ({"hung_up": frozenset({"ydw"})}, Cause.VENDOR),
        ({"stalled": (AT,)}, Cause.PLATFORM),
        ({"stalled": (after(-60),)}, Cause.GATEWAY),
    ],
    ids=["nothing known", "power cut told", "power cut elsewhere", "the vendor hung up", "our worker died then", "our worker died before"],
)
def test_of_several_names_for_the_same_devices_what_is_known_decides(clues: dict[str, object], cause: Cause) -> None:
    monitors = group(0, 40, vendor="ydw", gateway="Y-1", site=1) + ALIVE

    assert [lost[0] for lost in found(monitors, 300, **clues)] == [cause]


def test_a_loss_began_with_the_last_word_by_the_devices_clock() -> None:
    behind = [monitor._replace(said_at=monitor.said_at - timedelta(minutes=7)) for monitor in group(0, 40, gateway="G-1")]
    [loss] = losses(behind + ALIVE, Clues(after(300)))

    assert loss.started_at == after(-420)


def test_time_in_which_we_were_deaf_is_not_their_silence() -> None:
    monitors = group(0, 40, gateway="G-1") + ALIVE
    deaf = ((after(5), after(260)),)

    assert (found(monitors, 290, deaf=deaf), found(monitors, 310, deaf=deaf)) == ([], [(Cause.GATEWAY, "G-1", 40)])


def test_a_group_known_for_bursts_is_given_more_time() -> None:
    monitors = group(0, 100, gateway="G-1") + ALIVE
    bursts = {Key("gateway", "G-1"): [100.0, 200.0, 150.0]}  # type: ignore[arg-type]

    assert (found(monitors, 300, bursts=bursts), found(monitors, 301, bursts=bursts)) == ([], [(Cause.GATEWAY, "G-1", 100)])


@pytest.mark.parametrize(
    ("lost", "gone", "back", "since", "over"),
    [
        (100, 0, 100, 0, True),
        (100, 0, 99, 599, False),
        (100, 0, 99, 600, True),
        (100, 0, 89, 9000, False),
        (100, 0, 90, 600, True),
        (100, 1, 99, 0, True),
        (100, 100, 0, 0, True),
        (100, 50, 45, 600, True),
    ],
)
def test_an_outage_is_over_when_all_are_back_or_most_and_nobody_follows(lost: int, gone: int, back: int, since: int, over: bool) -> None:
    assert is_over(lost, gone, back, after(-since), AT) is over


def test_an_outage_of_which_nobody_came_back_is_not_over() -> None:
    assert not is_over(100, 0, 0, None, AT)


GROUPS = st.lists(
    st.tuples(
        st.sampled_from(["xzl", "htk"]),
        st.sampled_from([None, "1", "2", "3"]),
        st.sampled_from([None, 1, 2, 3]),
        st.integers(1, 60),
        st.sampled_from([5.0, 60.0, 240.0]),
        st.sampled_from([0.0, 2.0, None]),
    ),
    min_size=1,
    max_size=5,
)
FATES = st.sets(st.sampled_from(["xzl-1", "xzl-2", "htk-1", "xzl", "1", "2"]))  # gateways, a vendor, sites


def _town(groups: list[tuple[str, str | None, int | None, int, float, float | None]], fates: set[str]) -> tuple[Town, set[int]]:
    """(monitors with their phases, those that fall silent at 1000 s); a gateway belongs to one vendor."""
    monitors: Town = []
    for number, (vendor, name, site, count, cadence, breath) in enumerate(groups):
        gateway = name and f"{vendor}-{name}"
        for n in range(count):
            phase = cadence * (n * GOLDEN % 1) if breath is None else breath * n / count
            monitors.append((Monitor(1000 * number + n, vendor, gateway, site, AT, AT, cadence), phase))
    return monitors, {m.equipment_id for m, _ in monitors if {m.vendor, m.gateway, str(m.site_id)} & fates}


def _ticks(town: Town, silent: set[int]) -> Iterator[tuple[datetime, list[Monitor]]]:
    for tick in range(990, 2000, 10):
        heard = []
        for monitor, phase in town:
            until = min(tick, 1000) if monitor.equipment_id in silent else tick
            at = after((until - phase) // monitor.cadence_seconds * monitor.cadence_seconds + phase)
            heard.append(monitor._replace(heard_at=at, said_at=at))
        yield after(tick), heard


@settings(max_examples=40, deadline=None)
@given(GROUPS, FATES)
def test_nobody_is_lost_who_speaks_and_everybody_once(
    groups: list[tuple[str, str | None, int | None, int, float, float | None]], fates: set[str]
) -> None:
    town, silent = _town(groups, fates)
    lost: list[Loss] = []
    for horizon, heard in _ticks(town, silent):
        taken = {monitor.equipment_id for loss in lost for monitor in loss.members}
        lost += losses([monitor for monitor in heard if monitor.equipment_id not in taken], Clues(horizon))

    ids = [monitor.equipment_id for loss in lost for monitor in loss.members]
    assert len(ids) == len(set(ids))
    assert set(ids) <= silent
