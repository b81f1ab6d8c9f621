"""The duty page: what its panels ask for, and its forms, which end in services.rosters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from components import ids
from components.ids import leaf
from components.panels import duty as panel
from data_access.engine import Tx
from data_access.queries import rosters as queries
from data_access.queries import teams
from data_access.repositories.rosters import TEAM_POST
from domain.errors import Conflict, Invalid, PutuoError
from domain.scope import GRANTS, Action, Actor, Scope
from domain.telemetry import BEIJING
from locales import catalogue, language, t
from services import rosters
from services.rosters import LicenceWish, ShiftWish, TeamWish
from web.clock import now
from web.context import Context
from web.session import current_actor

Rows = Any
Said = Mapping[str, Any]

AHEAD: Final = timedelta(days=7)
POSTS_AHEAD: Final = timedelta(hours=24)
LARGEST: Final = 2**31 - 1


def posts(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The centre's posts, now and next."""
    return {"posts": queries.posts(scope, tx, until=at + POSTS_AHEAD, at=at), "may_keep": _may_keep(scope, None)}


def every_team(scope: Scope, tx: Tx, *, at: datetime, show: str = "all", team: str = "") -> Rows:
    """The teams the reader may see; `show` limits the list."""
    may = Action.KEEP_ROSTERS in GRANTS.get(scope.role, frozenset())
    units = [(unit, name) for unit, name in teams.units(scope, tx) if _may_keep(scope, unit)] if may else []
    known = show if show in panel.SHOWS else "all"
    return {"teams": teams.every(scope, tx, at=at), "show": known, "team": _number(team), "units": units}


def chosen(scope: Scope, tx: Tx, *, at: datetime, team: str = "") -> Rows:
    """The team of the address, with its roster and its unit's licences."""
    number = _number(team)
    found = next((row for row in teams.every(scope, tx, at=at) if row.id == number), None)
    if found is None:
        return {"team": None}
    return {
        "team": found,
        "shifts": queries.shifts(scope, tx, team_id=found.id, until=at + AHEAD, at=at),
        "licences": queries.of_unit(scope, tx, unit_id=found.unit_id),
        "may_keep": _may_keep(scope, found.unit_id),
        "may_certify": _may_keep(scope, None),
    }


def register(app: Dash, context: Context) -> None:
    """The callbacks of the forms."""

    @app.callback(
        Output(ids.DUTY_RESULT, "data"),
        Input(ids.DUTY_ASKED, "data"),
        State(leaf(panel.NAME, "unit"), "value"),
        prevent_initial_call=True,
    )
    def act(asked: object, unit: object) -> Any:
        said = asked if isinstance(asked, dict) else {}
        return _answer(said, lambda actor, at: _act(context, actor, said, unit, at))

    @app.callback(
        Output(ids.DUTY_RESULT, "data", allow_duplicate=True),
        Input(ids.DUTY_FILE, "contents"),
        State(ids.DUTY_FILE, "last_modified"),
        prevent_initial_call=True,
    )
    def take_file(contents: object, modified: object) -> Any:
        if not isinstance(contents, str):
            return no_update
        return _answer({"turn": modified}, lambda actor, at: rosters.import_shifts(actor, context.store, _bytes(contents), at=at))

    app.clientside_callback(
        ClientsideFunction("duty", "answered"), Output(ids.DUTY_DONE, "data"), Input(ids.DUTY_RESULT, "data"), prevent_initial_call=True
    )


def _act(context: Context, actor: Actor, said: Said, unit: object, at: datetime) -> None:
    """One form. Raises PutuoError; a form that nobody knows is Invalid."""
    form, store, number = str(said.get("form")), context.store, _number(said.get("id"))
    match form:
        case "team":
            rosters.save_team(actor, store, _team(said, unit), team_id=number or None, at=at)
        case "close":
            rosters.close_team(actor, store, number, at=at)
        case "shift":
            rosters.add_shift(actor, store, _shift(said, TEAM_POST, number), at=at)
        case "post":
            rosters.add_shift(actor, store, _shift(said, str(said.get("post")), None), at=at)
        case "remove":
            rosters.remove_shift(actor, store, number, at=at)
        case "licence":
            rosters.save_licence(actor, store, _licence(said), at=at)
        case _:
            raise Invalid(field="form", reason="unknown")


def _answer(said: Said, act: Callable[[Actor, datetime], object]) -> dict[str, Any]:
    """What the dialog hears: that it is done, or the sentence why not."""
    turn = str(said.get("turn"))[:40]
    try:
        done = act(current_actor(), now())
    except PutuoError as refusal:
        return {"ok": False, "turn": turn, "said": _words(refusal)}
    return {"ok": True, "turn": turn, "said": t("duty.imported", n=done) if "form" not in said else ""}


def _words(refusal: PutuoError) -> str:
    """The refusal as a person reads it, with the line of the file where there is one."""
    if isinstance(refusal, Conflict):
        return t("duty.conflict")
    if not isinstance(refusal, Invalid):
        return t(f"error.{refusal.code}")
    field, line = refusal.data.get("field"), refusal.data.get("line")
    key = next((key for key in (f"duty.invalid_{refusal.data.get('reason')}", f"duty.invalid_{field}") if key in catalogue(language())), "")
    words = t(key or "error.invalid")
    return t("duty.line", line=line, words=words) if line else words


def _team(said: Said, unit: object) -> TeamWish:
    return TeamWish(
        unit=_number(unit),
        name=_text(said, "name"),
        phone=_text(said, "phone"),
        lng=_degrees(said, "lng"),
        lat=_degrees(said, "lat"),
        capacity=_number(_text(said, "capacity")),
    )


def _shift(said: Said, post: str, team: int | None) -> ShiftWish:
    moments = {name: _moment(_text(said, name), name) for name in ("starts_at", "ends_at")}
    return ShiftWish(post=post, team=team, name=_text(said, "name"), phone=_text(said, "phone"), **moments)


def _licence(said: Said) -> LicenceWish:
    kinds = said.get("kinds")
    days = {name: _day(_text(said, name), name) for name in ("valid_from", "valid_until")}
    chosen_kinds = tuple(map(str, kinds)) if isinstance(kinds, list) else ()
    return LicenceWish(unit=_number(said.get("unit")), number=_text(said, "number"), kinds=chosen_kinds, **days)


def _may_keep(scope: Scope, unit: int | None) -> bool:
    granted = Action.KEEP_ROSTERS in GRANTS.get(scope.role, frozenset())
    return granted and scope.organization in (None, unit)


def _number(said: object) -> int:
    """A number as a browser sends it; 0, which nothing has, for everything else."""
    words = str(said)
    return int(words) if words.isascii() and words.isdecimal() and int(words[:12]) <= LARGEST else 0


def _text(said: Said, name: str) -> str:
    values = said.get("values")
    return str(values.get(name) or "").strip()[:200] if isinstance(values, Mapping) else ""


def _degrees(said: Said, name: str) -> float | None:
    words = _text(said, name)
    try:
        return float(words) if words else None
    except ValueError as exc:
        raise Invalid(field="position", reason="not_a_number") from exc


def _moment(words: str, field: str) -> datetime:
    """An instant of a form, which is in Shanghai."""
    try:
        return datetime.fromisoformat(words).replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise Invalid(field=field, reason="unclear") from exc


def _day(words: str, field: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError as exc:
        raise Invalid(field=field, reason="unclear") from exc


def _bytes(contents: str) -> bytes:
    """A file as dcc.Upload sends it."""
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except (ValueError, binascii.Error) as exc:
        raise Invalid(field="file", line=0, reason="no_text") from exc
