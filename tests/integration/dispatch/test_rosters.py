"""Keeping teams, shifts and licences: who may, what is refused, what is written down, and who sees it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from data_access.queries import rosters as queries
from data_access.queries import teams
from data_access.repositories import audit
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import ALL, Role, Scope
from services import rosters
from services.rosters import LicenceWish, ShiftWish, TeamWish
from tests.integration.dispatch.conftest import AT, LAT, LNG, STREET, District

DISTRICT = Scope(Role.BUREAU, ALL, None, ALL)
HEADER = "班组,姓名,电话,开始,结束\n"


def shift(district: District, team: str | None = "near", **more: Any) -> ShiftWish:
    """A shift of tomorrow."""
    usual: dict[str, Any] = {"name": "林澄", "starts_at": AT + timedelta(days=1), "ends_at": AT + timedelta(days=1, hours=8)}
    return ShiftWish(**(usual | {"post": "team" if team else "officer", "team": team and district.teams[team]} | more))


def wish(district: District, unit: str = "unit", **more: Any) -> TeamWish:
    """A new team."""
    usual: dict[str, Any] = {"unit": district.units[unit], "name": "新驻点", "lng": LNG, "lat": LAT}
    return TeamWish(**(usual | more))


def acts(district: District) -> list[tuple[str, str, str]]:
    """(username, action, object) of the audit log."""
    return [(row.username, row.action, row.object) for row in district.sql("SELECT * FROM audit_log ORDER BY id")]


def test_a_new_team_is_sent_at_once_and_a_closed_one_no_more(district: District) -> None:
    number = rosters.save_team(district.actors["unit"], district.store, wish(district), at=AT)
    district.teams["new"] = number
    rosters.add_shift(district.actors["unit"], district.store, shift(district, "new", starts_at=AT, ends_at=AT + timedelta(hours=8)), at=AT)
    first = district.team_of(district.open().id)

    rosters.close_team(district.actors["unit"], district.store, number, at=AT)

    assert (first, district.team_of(district.open("second").id)) == ("新驻点", "near")
    assert acts(district) == [
        ("unit", "save_team", f"response_team:{number}"),
        ("unit", "add_shift", f"response_team:{number}"),
        ("unit", "close_team", f"response_team:{number}"),
    ]
    with district.store.reading() as tx:
        assert audit.first_broken(tx) is None


def test_a_team_is_changed_with_what_it_was_before(district: District) -> None:
    rosters.save_team(district.actors["centre"], district.store, wish(district, name="近驻点"), team_id=district.teams["near"], at=AT)

    [entry] = district.sql("SELECT before, after FROM audit_log")
    assert (entry.before["name"], entry.after["name"]) == ("near", "近驻点")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"phone": "1" * 31}, "phone"),
        ({"lat": None}, "position"),
        ({"lng": 181.0}, "position"),
        ({"lat": float("nan")}, "position"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 51}, "capacity"),
    ],
)
def test_a_team_that_makes_no_sense_is_refused(district: District, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rosters.save_team(district.actors["centre"], district.store, wish(district, **more), at=AT)

    assert refusal.value.data["field"] == field


def test_a_name_is_given_once_and_only_maintenance_units_have_teams(district: District) -> None:
    with pytest.raises(Conflict):
        rosters.save_team(district.actors["centre"], district.store, wish(district, name="near"), at=AT)
    with pytest.raises(Invalid):
        rosters.save_team(district.actors["centre"], district.store, wish(district, "user"), at=AT)


@pytest.mark.parametrize(
    ("who", "act", "error"),
    [
        ("rival", lambda d, a: rosters.save_team(a, d.store, wish(d), at=AT), NotPermitted),
        ("rival", lambda d, a: rosters.save_team(a, d.store, wish(d, "rival"), team_id=d.teams["near"], at=AT), NotFound),
        ("rival", lambda d, a: rosters.close_team(a, d.store, d.teams["near"], at=AT), NotFound),
        ("rival", lambda d, a: rosters.add_shift(a, d.store, shift(d), at=AT), NotFound),
        ("rival", lambda d, a: rosters.remove_shift(a, d.store, 1, at=AT), NotPermitted),
        ("unit", lambda d, a: rosters.add_shift(a, d.store, shift(d, None), at=AT), NotPermitted),
        ("unit", lambda d, a: rosters.save_licence(a, d.store, licence(d), at=AT), NotPermitted),
        ("user", lambda d, a: rosters.save_team(a, d.store, wish(d), at=AT), NotPermitted),
        ("user", lambda d, a: rosters.import_shifts(a, d.store, b"", at=AT), NotPermitted),
        ("bureau", lambda d, a: rosters.close_team(a, d.store, d.teams["near"], at=AT), NotPermitted),
        ("centre", lambda d, a: rosters.close_team(a, d.store, 999, at=AT), NotFound),
        ("centre", lambda d, a: rosters.remove_shift(a, d.store, 999, at=AT), NotFound),
    ],
)
def test_nobody_keeps_what_is_not_his(district: District, who: str, act: Any, error: type[Exception]) -> None:
    before = district.sql("SELECT * FROM duty_shifts ORDER BY id")

    with pytest.raises(error):
        act(district, district.actors[who])

    assert district.sql("SELECT * FROM duty_shifts ORDER BY id") == before
    assert acts(district) == []


def licence(district: District, **more: Any) -> LicenceWish:
    """A licence of the unit."""
    usual: dict[str, Any] = {"number": "TS1-2030", "kinds": ("elevator",), "valid_from": date(2026, 1, 1), "valid_until": date(2030, 1, 1)}
    return LicenceWish(**(usual | {"unit": district.units["unit"]} | more))


def test_a_licence_makes_a_unit_eligible_and_is_corrected_under_its_number(district: District) -> None:
    district.sql("DELETE FROM licences")
    before = district.open()

    for until in (date(2026, 11, 19), date(2030, 1, 1)):
        rosters.save_licence(district.actors["centre"], district.store, licence(district, valid_until=until), at=AT)

    assert before.status == "reported"
    assert district.team_of(district.open("second").id) == "near"
    assert len(district.sql("SELECT * FROM licences")) == 1


@pytest.mark.parametrize(
    ("more", "field"), [({"kinds": ()}, "kinds"), ({"kinds": ("rocket",)}, "kinds"), ({"valid_until": date(2025, 1, 1)}, "valid_until")]
)
def test_a_licence_that_makes_no_sense_is_refused(district: District, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rosters.save_licence(district.actors["centre"], district.store, licence(district, **more), at=AT)

    assert refusal.value.data["field"] == field


def test_a_shift_stands_once_on_the_roster_and_can_be_taken_off(district: District) -> None:
    centre = district.actors["centre"]
    rosters.add_shift(centre, district.store, shift(district), at=AT)
    with pytest.raises(Conflict):
        rosters.add_shift(centre, district.store, shift(district, phone="短号 1"), at=AT)
    [row] = district.sql("SELECT id FROM duty_shifts WHERE name = '林澄'")

    rosters.remove_shift(centre, district.store, row.id, at=AT)

    assert district.sql("SELECT id FROM duty_shifts WHERE name = '林澄'") == []
    assert [action for _, action, _ in acts(district)] == ["add_shift", "remove_shift"]


@pytest.mark.parametrize("lasting", [timedelta(), timedelta(seconds=-1), timedelta(hours=48, seconds=1)])
def test_a_shift_has_a_length(district: District, lasting: timedelta) -> None:
    with pytest.raises(Invalid):
        rosters.add_shift(district.actors["centre"], district.store, shift(district, ends_at=AT + timedelta(days=1) + lasting), at=AT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_of_shifts_is_taken_once(district: District, encoding: str) -> None:
    lines = "near,陈岚,短号 1,2026-11-21 08:00,2026-11-21 20:00\n\n值班员,季云澜,,2026/11/21 08:00,2026-11-21 20:00\n"
    content = (HEADER + lines).encode(encoding)

    added = [rosters.import_shifts(district.actors["centre"], district.store, content, at=AT) for _ in range(2)]

    assert added == [2, 0]
    rows = district.sql("SELECT post, team_id, name, starts_at FROM duty_shifts WHERE starts_at > %s ORDER BY post", AT)
    dawn = datetime(2026, 11, 21, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [("officer", None, "季云澜", dawn), ("team", district.teams["near"], "陈岚", dawn)]


@pytest.mark.parametrize(
    ("content", "line", "field"),
    [
        ("姓名\n".encode(), 1, "file"),
        (b"\xff\xfe\xff", 0, "file"),
        ((HEADER + "near,陈岚,,2026-11-21 08:00,2026-11-21 20:00\nnowhere,陈岚,,2026-11-21 08:00,2026-11-21 20:00").encode(), 3, "team"),
        ((HEADER + "near,陈岚,,明早,2026-11-21 20:00").encode(), 2, "starts_at"),
        ((HEADER + "near,陈岚,,2026-11-21 20:00,2026-11-21 08:00").encode(), 2, "ends_at"),
        ((HEADER + "near,,,2026-11-21 08:00,2026-11-21 20:00").encode(), 2, "name"),
        ((HEADER + "near").encode(), 2, "starts_at"),
    ],
    ids=["header", "bytes", "team", "time", "order", "name", "short"],
)
def test_a_file_with_a_wrong_line_is_refused_as_a_whole(district: District, content: bytes, line: int, field: str) -> None:
    before = district.sql("SELECT count(*) FROM duty_shifts")

    with pytest.raises(Invalid) as refusal:
        rosters.import_shifts(district.actors["centre"], district.store, content, at=AT)

    assert (refusal.value.data["line"], refusal.value.data["field"]) == (line, field)
    assert district.sql("SELECT count(*) FROM duty_shifts") == before


def test_a_unit_imports_its_own_shifts_alone(district: District) -> None:
    mine = (HEADER + "near,陈岚,,2026-11-21 08:00,2026-11-21 20:00").encode()
    theirs = (HEADER + "other,陈岚,,2026-11-21 08:00,2026-11-21 20:00").encode()

    assert rosters.import_shifts(district.actors["unit"], district.store, mine, at=AT) == 1
    with pytest.raises(Invalid):
        rosters.import_shifts(district.actors["unit"], district.store, theirs, at=AT)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (DISTRICT, {"near", "middle", "far", "other"}),
        (Scope(Role.STREET, (STREET,), None, ALL), {"near", "middle", "far"}),
        (Scope(Role.STREET, ("310107999",), None, ALL), set()),
        (Scope(Role.STREET, (), None, ALL), set()),
    ],
)
def test_a_reader_sees_the_teams_that_maintain_his_machines(district: District, scope: Scope, seen: set[str]) -> None:
    with district.store.reading() as tx:
        found = teams.every(scope, tx, at=AT)
        shifts = [queries.shifts(scope, tx, team_id=number, until=AT + timedelta(days=7), at=AT) for number in district.teams.values()]
        units = {unit for unit, _ in teams.units(scope, tx)}

    assert {row.name for row in found} == seen
    assert {row.unit_id for row in found} <= units
    assert sum(map(bool, shifts)) == len(seen)


@pytest.mark.parametrize(("who", "seen"), [("rival", {"other"}), ("unit", {"near", "middle", "far"}), ("user", {"near", "middle", "far"})])
def test_a_unit_sees_its_own_teams_or_those_of_its_machines(district: District, who: str, seen: set[str]) -> None:
    with district.store.reading() as tx:
        assert {row.name for row in teams.every(district.actors[who].scope, tx, at=AT)} == seen
        licences = queries.of_unit(district.actors[who].scope, tx, unit_id=district.units["unit"])

    assert bool(licences) == (who != "rival")


def test_a_team_says_who_is_there_until_when_and_how_busy_it_is(district: District) -> None:
    district.open()
    with district.store.reading() as tx:
        row = next(row for row in teams.every(DISTRICT, tx, at=AT) if row.name == "near")
        night = next(row for row in teams.every(DISTRICT, tx, at=AT + timedelta(hours=6)) if row.name == "near")

    assert (row.on_duty, row.relieved_at, row.load, row.licensed) == (["陈岚"], AT + timedelta(hours=6), 1, True)
    assert (night.on_duty, night.relieved_at) == ([], None)


def test_everybody_knows_who_leads_the_centre(district: District) -> None:
    leader = shift(district, None, post="leader", name="沈若川", starts_at=AT, ends_at=AT + timedelta(hours=24))
    rosters.add_shift(district.actors["centre"], district.store, leader, at=AT)
    with district.store.reading() as tx:
        now = queries.posts(district.actors["rival"].scope, tx, until=AT + timedelta(days=1), at=AT)
        after = queries.posts(DISTRICT, tx, until=AT + timedelta(days=3), at=AT + timedelta(hours=24))

    assert [(row.post, row.name) for row in now] == [("leader", "沈若川")]
    assert after == []
