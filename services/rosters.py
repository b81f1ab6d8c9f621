"""Keep teams, shifts and licences. A maintenance unit keeps its own teams; the centre keeps everybody's, its own posts, and licences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.repositories import audit, rosters
from data_access.repositories.rosters import TEAM_POST
from domain.equipment import KINDS
from domain.errors import Conflict, Invalid, NotFound, NotPermitted
from domain.scope import Action, Actor
from services.roster_csv import Line, read

POSTS: Final = ("leader", "officer")  # 值班领导、值班员
LONGEST_SHIFT: Final = timedelta(hours=48)
LONGEST_NAME, LONGEST_PHONE, MOST_ORDERS = 60, 30, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWish:
    """A team as somebody wants it. Position in WGS-84 degrees, or None for both; `capacity` is how many orders it can take at a time."""

    unit: int
    name: str
    phone: str = ""
    lng: float | None = None
    lat: float | None = None
    capacity: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftWish:
    """A shift: of a team, or of one of the centre's posts, where `team` is None."""

    post: str
    team: int | None
    name: str
    phone: str = ""
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceWish:
    """A unit's licence; both days are part of its term."""

    unit: int
    number: str
    kinds: tuple[str, ...]
    valid_from: date
    valid_until: date


def save_team(actor: Actor, store: Store, wish: TeamWish, *, team_id: int | None = None, at: datetime) -> int:
    """Make a team, or change one; its id. Raises NotPermitted, NotFound, Invalid(field), Conflict where the name is taken."""
    _check_team(wish)
    with store.transaction() as tx:
        before = None if team_id is None else _team(actor, tx, team_id)
        _may_keep(actor, wish.unit)
        if not rosters.is_maintainer(tx, wish.unit):
            raise Invalid(field="unit", reason="unknown")
        if rosters.is_named(tx, wish.name.strip(), other_than=team_id):
            raise Conflict(team=wish.name.strip())
        values = {
            "organization_id": wish.unit,
            "name": wish.name.strip(),
            "phone": wish.phone.strip(),
            "lng": wish.lng,
            "lat": wish.lat,
            "capacity": wish.capacity,
        }
        if team_id is None:
            [number] = rosters.add_teams(tx, [values])
        else:
            number = team_id
            rosters.change_team(tx, team_id, values)
        old = None if before is None else {name: getattr(before, name) for name in values}
        _note(tx, actor, "save_team", f"response_team:{number}", before=old, after=values, at=at)
    return number


def close_team(actor: Actor, store: Store, team_id: int, *, at: datetime) -> None:
    """Send a team nowhere any more. Raises NotPermitted, NotFound."""
    with store.transaction() as tx:
        team = _team(actor, tx, team_id)
        rosters.change_team(tx, team_id, {"closed_at": at})
        _note(tx, actor, "close_team", f"response_team:{team_id}", before={"name": team.name}, after=None, at=at)


def add_shift(actor: Actor, store: Store, wish: ShiftWish, *, at: datetime) -> None:
    """Put a shift on the roster. Raises NotPermitted, NotFound, Invalid(field), Conflict where that person has that shift already."""
    _check_shift(wish)
    with store.transaction() as tx:
        _may_post(actor, tx, wish)
        if not rosters.add_shifts(tx, _new(tx, [wish])):
            raise Conflict(name=wish.name, starts_at=wish.starts_at)
        _note(tx, actor, "add_shift", _object(wish), before=None, after=_plain(wish), at=at)


def remove_shift(actor: Actor, store: Store, shift_id: int, *, at: datetime) -> None:
    """Take a shift off the roster. Raises NotPermitted, NotFound."""
    with store.transaction() as tx:
        found = rosters.shift(tx, shift_id)
        if found is None:
            raise NotFound(shift=shift_id)
        _may_keep(actor, found.organization_id)
        rosters.remove_shift(tx, shift_id)
        said = {"name": found.name, "starts_at": found.starts_at.isoformat(), "ends_at": found.ends_at.isoformat()}
        about = f"response_team:{found.team_id}" if found.team_id else f"post:{found.post}"
        _note(tx, actor, "remove_shift", about, before=said, after=None, at=at)


def save_licence(actor: Actor, store: Store, wish: LicenceWish, *, at: datetime) -> int:
    """Write down a unit's licence, or correct what is written under its number; its id. Nobody certifies himself.

    Raises NotPermitted, Invalid(field).
    """
    _may_keep(actor, None)
    _check_licence(wish)
    with store.transaction() as tx:
        if not rosters.is_maintainer(tx, wish.unit):
            raise Invalid(field="unit", reason="unknown")
        values = {
            "organization_id": wish.unit,
            "number": wish.number.strip(),
            "kinds": sorted(wish.kinds),
            "valid_from": wish.valid_from,
            "valid_until": wish.valid_until,
        }
        number = rosters.put_licence(tx, values)
        _note(tx, actor, "save_licence", f"licence:{number}", before=None, after=_json(values), at=at)
    return number


def import_shifts(actor: Actor, store: Store, content: bytes, *, at: datetime) -> int:
    """Put the shifts of a CSV file on the roster; how many were new. All of it, or nothing where a line cannot be taken.

    Raises NotPermitted, NotFound for a team that the actor may not keep, Invalid(field, line, reason).
    """
    actor.require(Action.KEEP_ROSTERS)
    lines = read(content)
    with store.transaction() as tx:
        known = rosters.teams_by_name(tx, sorted({line.whose for line in lines}))
        wishes = [_wish(actor, line, known) for line in lines]
        added = rosters.add_shifts(tx, _new(tx, wishes))
        _note(tx, actor, "import_shifts", "duty_shifts", before=None, after={"lines": len(lines), "added": added}, at=at)
    return added


def _wish(actor: Actor, line: Line, known: Mapping[str, Any]) -> ShiftWish:
    """A line as a shift. Raises Invalid with the line's number, NotPermitted."""
    team = known.get(line.whose)
    if line.whose not in POSTS and (team is None or actor.scope.organization not in (None, team.organization_id)):
        raise Invalid(field="team", line=line.number, reason="unknown")
    post = line.whose if team is None else TEAM_POST
    _may_keep(actor, None if team is None else team.organization_id)
    wish = ShiftWish(
        post=post, team=team and team.id, name=line.name, phone=line.phone, starts_at=line.starts_at, ends_at=line.ends_at
    )  # fmt: skip
    try:
        _check_shift(wish)
    except Invalid as refusal:
        raise Invalid(**{**refusal.data, "line": line.number}) from refusal
    return wish


def _new(tx: Tx, wishes: Sequence[ShiftWish]) -> list[dict[str, Any]]:
    """The rows of shifts that are not on the roster yet, each once."""
    if not wishes:
        return []
    since, until = min(wish.starts_at for wish in wishes), max(wish.starts_at for wish in wishes) + timedelta(microseconds=1)
    teams = sorted({wish.team for wish in wishes if wish.team is not None})
    posts = sorted({wish.post for wish in wishes if wish.team is None})
    stored = (rosters.shifts_between(tx, since, until, teams=teams) if teams else []) + (
        rosters.shifts_between(tx, since, until, posts=posts) if posts else []
    )
    taken = {(row.post, row.team_id, row.name, row.starts_at) for row in stored}
    rows = {(wish.post, wish.team, wish.name.strip(), wish.starts_at): wish for wish in wishes}
    return [
        {"post": post, "team_id": team, "name": name, "phone": wish.phone.strip(), "starts_at": wish.starts_at, "ends_at": wish.ends_at}
        for (post, team, name, starts_at), wish in rows.items()
        if (post, team, name, starts_at) not in taken
    ]


def _team(actor: Actor, tx: Tx, team_id: int) -> Any:
    """A team the actor keeps. Raises NotPermitted, NotFound: another unit's team looks as if there were none."""
    actor.require(Action.KEEP_ROSTERS)
    team = rosters.team(tx, team_id)
    if team is None or actor.scope.organization not in (None, team.organization_id):
        raise NotFound(team=team_id)
    return team


def _may_post(actor: Actor, tx: Tx, wish: ShiftWish) -> None:
    if wish.team is not None:
        _team(actor, tx, wish.team)
    else:
        _may_keep(actor, None)


def _may_keep(actor: Actor, unit: int | None) -> None:
    """Raise NotPermitted unless the actor keeps this unit's rosters; None: the district's own."""
    actor.require(Action.KEEP_ROSTERS)
    if actor.scope.organization is not None and actor.scope.organization != unit:
        raise NotPermitted(action=Action.KEEP_ROSTERS.value, role=actor.scope.role.value)


def _check_team(wish: TeamWish) -> None:
    _check_text("name", wish.name, LONGEST_NAME)
    _check_text("phone", wish.phone, LONGEST_PHONE, required=False)
    if (wish.lng is None) != (wish.lat is None):
        raise Invalid(field="position", reason="incomplete")
    if wish.lng is not None and wish.lat is not None and not (abs(wish.lng) <= 180 and abs(wish.lat) <= 90):
        raise Invalid(field="position", reason="off_the_globe")
    if not 1 <= wish.capacity <= MOST_ORDERS:
        raise Invalid(field="capacity", reason="range")


def _check_shift(wish: ShiftWish) -> None:
    if wish.post not in (TEAM_POST, *POSTS) or (wish.team is None) != (wish.post in POSTS):
        raise Invalid(field="team", reason="unknown")
    _check_text("name", wish.name, LONGEST_NAME)
    _check_text("phone", wish.phone, LONGEST_PHONE, required=False)
    if not timedelta() < wish.ends_at - wish.starts_at <= LONGEST_SHIFT:
        raise Invalid(field="ends_at", reason="range")


def _check_licence(wish: LicenceWish) -> None:
    _check_text("number", wish.number, LONGEST_NAME)
    if not wish.kinds or not set(wish.kinds) <= set(KINDS):
        raise Invalid(field="kinds", reason="unknown")
    if wish.valid_until < wish.valid_from:
        raise Invalid(field="valid_until", reason="range")


def _check_text(field: str, words: str, longest: int, *, required: bool = True) -> None:
    said = words.strip()
    if (required and not said) or len(said) > longest or not said.isprintable():
        raise Invalid(field=field, reason="required" if not said else "too_long")


def _object(wish: ShiftWish) -> str:
    return f"post:{wish.post}" if wish.team is None else f"response_team:{wish.team}"


def _plain(wish: ShiftWish) -> dict[str, Any]:
    return _json(asdict(wish))


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, (date, datetime)) else value for name, value in values.items()}


def _note(
    tx: Tx, actor: Actor, action: str, about: str, *, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, at: datetime
) -> None:
    entry = audit.Entry(
        account_id=actor.account_id, username=actor.username, action=action, object=about, before=before, after=after, address=actor.address
    )
    audit.append(tx, entry, at)
