"""Invented people who can be sent: response points (维保驻点) of the maintenance units, licences, and who is on duty when."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from data_access.engine import Tx
from data_access.repositories import rosters
from data_access.repositories.rosters import TEAM_POST, Beat
from domain.telemetry import BEIJING

DAYS_AHEAD: Final = 60  # of shifts; a demonstration that runs on is given more
_SIZES: Final = ((400, 3), (120, 2), (0, 1))  # a unit with so many machines has so many points
_CAPACITIES: Final = (3, 2, 2)
_EXPIRED: Final = (-1,)  # the smallest unit has let its licence run out: each of its lifts is an order (脱保)
_LIFTS_ONLY: Final = (-4, -9)  # and these are licensed for lifts alone
_DAYTIME_ONLY: Final = 9  # every so many-th team has nobody at night
_DAY_BEGINS: Final = 8  # o'clock in Shanghai
_HALF_DAY: Final = timedelta(hours=12)
_SURNAMES: Final = "陈林黄周吴徐孙胡朱高何郭马罗梁宋郑谢韩唐"
_GIVEN: Final = ("岚", "澄", "桐", "珩", "霁", "沐安", "知远", "予和", "景行", "怀瑾", "清和", "书澜", "亦舟", "望舒", "砚之", "明屿")
_LEADERS: Final = ("沈若川", "顾怀舟", "陆清晏", "姚知微")
_OFFICERS: Final = ("季云澜", "方予安", "严景和", "汤书亦", "尹望山", "石明桐")


def provide(tx: Tx, *, seed: int, at: datetime) -> None:
    """Teams and licences where the demonstration has none yet, and shifts for the next weeks; a second call adds what is missing."""
    if not rosters.demo_teams(tx):
        units = [list(beats) for _, beats in groupby(rosters.beats(tx), key=lambda beat: beat.unit)]
        rosters.add_teams(tx, [team for beats in units for team in _teams(beats)])
        for place, beats in enumerate(units):
            rosters.put_licence(tx, _licence(beats, place, left=len(units) - place, today=at.astimezone(BEIJING).date()))
    _fill_rosters(tx, seed=seed, at=at)


def _teams(beats: Sequence[Beat]) -> Iterator[dict[str, Any]]:
    """The points of one unit, in the streets where it has most to do."""
    machines = sum(beat.machines for beat in beats)
    wanted = next(number for least, number in _SIZES if machines >= least)
    for index, beat in enumerate(beats[:wanted]):
        name = f"{_short(beat.unit_name)} · {beat.street.removesuffix('街道').removesuffix('镇')}驻点"
        yield {
            "organization_id": beat.unit,
            "name": name,
            "lng": round(beat.lng, 6),
            "lat": round(beat.lat, 6),
            "phone": f"短号 {6000 + beat.unit % 300}{index + 1}",
            "capacity": _CAPACITIES[index],
            "demo": True,
        }


def _short(name: str) -> str:
    """What a company is called in daily life: 上海榕驰电梯工程有限公司 → 榕驰电梯."""
    body = name.removeprefix("上海").removesuffix("有限公司")
    return next((body.removesuffix(ending) for ending in ("维修保养", "工程", "服务", "维保") if body.endswith(ending)), body)


def _licence(beats: Sequence[Beat], place: int, *, left: int, today: date) -> dict[str, Any]:
    unit, expired = beats[0].unit, -left in _EXPIRED
    until = today - timedelta(days=12 + 9 * left) if expired else today + timedelta(days=45 + 97 * (place % 13))
    kinds = {kind for beat in beats for kind in beat.kinds}
    return {
        "organization_id": unit,
        "number": f"TS3331{unit:03}-{until.year}",
        "kinds": ["elevator"] if -left in _LIFTS_ONLY else sorted(kinds),
        "valid_from": until - timedelta(days=4 * 365),  # a licence is valid for four years
        "valid_until": until,
        "demo": True,
    }


def _fill_rosters(tx: Tx, *, seed: int, at: datetime) -> None:
    """Shifts from where the roster ends, or from yesterday, to so many days ahead."""
    today = at.astimezone(BEIJING).date()
    last = rosters.demo_shifts_until(tx)
    first = today - timedelta(days=1) if last is None else max(today, last.astimezone(BEIJING).date() + timedelta(days=1))
    days = [first + timedelta(days=n) for n in range((today + timedelta(days=DAYS_AHEAD) - first).days)]
    teams = [(row.id, row.phone) for row in rosters.demo_teams(tx)]
    rosters.add_shifts(tx, [shift for day in days for shift in (*_posts(day), *_watches(teams, day, seed=seed))])


def _posts(day: date) -> Iterator[dict[str, Any]]:
    """The centre's people: one leader a day, an officer by day and one by night."""
    number, dawn = day.toordinal(), _dawn(day)
    yield _shift("leader", None, _LEADERS[number % len(_LEADERS)], "短号 8001", dawn, 2 * _HALF_DAY)
    for half in range(2):
        name = _OFFICERS[(2 * number + half) % len(_OFFICERS)]
        yield _shift("officer", None, name, "短号 8010", dawn + half * _HALF_DAY, _HALF_DAY)


def _watches(teams: Sequence[tuple[int, str]], day: date, *, seed: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(f"{seed}/{day}/watches")
    for index, (team, phone) in enumerate(teams):
        halves = 1 if index % _DAYTIME_ONLY == _DAYTIME_ONLY - 1 else 2
        for half in range(halves):
            yield _shift(TEAM_POST, team, rng.choice(_SURNAMES) + rng.choice(_GIVEN), phone, _dawn(day) + half * _HALF_DAY, _HALF_DAY)


def _shift(post: str, team: int | None, name: str, phone: str, starts_at: datetime, lasting: timedelta) -> dict[str, Any]:
    ends_at = starts_at + lasting
    return {"post": post, "team_id": team, "name": name, "phone": phone, "starts_at": starts_at, "ends_at": ends_at, "demo": True}


def _dawn(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, _DAY_BEGINS, tzinfo=BEIJING).astimezone(UTC)
