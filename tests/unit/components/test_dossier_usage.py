"""What a machine's hours and days came to, as it is drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from components.panels import dossier_usage

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def totals(since: str, **changes: Any) -> dict[str, Any]:
    """An hour of a lift: 12 runs of 20 s, 9 door openings."""
    spells = {
        "car_status": {"running": {"seconds": 240.0, "times": 12}, "stopped": {"seconds": 3360.0, "times": 12}},
        "door_status": {"open": {"seconds": 90.0, "times": 9}, "closed": {"seconds": 3510.0, "times": 9}},
    }
    return {"since": since, "seconds": 3600.0, "ranges": {}, "spells": spells} | changes


def rows(*hours: dict[str, Any], kind: str = "elevator", chosen: str = "hour") -> dict[str, Any]:
    return {"code": "31103101072013030012", "kind": kind, "chosen": chosen, "totals": list(hours)}


def test_runs_and_doors_are_bars_and_the_time_under_way_is_a_line() -> None:
    drawn = dossier_usage.update(rows(totals("2026-11-20T01:00:00+00:00"), totals("2026-11-20T02:00:00+00:00")), at=AT)

    runs, doors, hours = drawn["chart"]["figure"]["data"]
    assert (runs["type"], runs["y"], doors["y"]) == ("bar", [12.0, 12.0], [9.0, 9.0])
    assert runs["x"] == ["2026-11-20 09:00:00", "2026-11-20 10:00:00"]
    assert [round(each, 4) for each in hours["y"]] == [0.0667, 0.0667]
    assert drawn["sub"] == "按 2 小时有效读数统计"


def test_what_the_machine_never_says_is_a_gap_and_what_did_not_happen_is_zero() -> None:
    still = totals("2026-11-20T01:00:00+00:00", spells={"car_status": {"stopped": {"seconds": 3600.0, "times": 1}}})

    runs, doors, hours = dossier_usage.update(rows(still), at=AT)["chart"]["figure"]["data"]

    assert (runs["y"], doors["y"], hours["y"]) == ([0.0], [None], [0.0])


def test_a_truck_has_kilometres() -> None:
    driven = totals(
        "2026-11-20T01:00:00+00:00",
        ranges={"speed": {"readings": 10, "low": 0.0, "mean": 5.0, "high": 12.0, "travel": 18_000.0}},
        spells={"ignition": {"true": {"seconds": 5400.0, "times": 2}, "false": {"seconds": 1800.0, "times": 2}}},
    )

    distance, switched_on = dossier_usage.update(rows(driven, kind="forklift"), at=AT)["chart"]["figure"]["data"]

    assert (distance["y"], switched_on["y"]) == ([5.0], [1.5])


def test_nothing_summed_up_yet_says_so_and_keeps_the_choice() -> None:
    drawn = dossier_usage.update(rows(chosen="day"), at=AT)

    assert drawn["@empty"] == "近 31 天没有统计，每小时结束三小时后汇总"
    assert [node["attrs"]["aria-current"] if "attrs" in node else node.get("current") for node in drawn["spans"]["nodes"]]


def test_a_machine_outside_the_scope_has_nothing() -> None:
    assert dossier_usage.update(None, at=AT) == {"@empty": "没有找到这个页面"}
