"""The dialogs in which rosters are kept: a team, a shift, a shift of the centre's posts, a licence, a file, and a last question."""

from __future__ import annotations

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.ids import leaf
from components.panels.duty import NAME, POST_WORDS
from components.shell import Reader
from domain.equipment import KINDS
from locales import label, t

FIELDS: Final = {
    "team": (("name", "text"), ("phone", "text"), ("lng", "text"), ("lat", "text"), ("capacity", "number")),
    "shift": (("name", "text"), ("phone", "text"), ("starts_at", "text"), ("ends_at", "text")),
    "licence": (("number", "text"), ("valid_from", "text"), ("valid_until", "text")),
}
"""The fields of each form that are typed, name and type. Times are texts: a browser's own widget speaks the browser's language."""
EXAMPLE: Final = "班组,姓名,电话,开始,结束\n值班员,季云澜,8010,2026-11-20 08:00,2026-11-20 20:00"  # a format, in no language
LABELS: Final = {("team", "name"): "duty.team_name"}
HINTS: Final = {"starts_at": "2026-11-20 08:00", "ends_at": "2026-11-20 20:00", "valid_from": "2026-01-01", "valid_until": "2029-12-31"}


def dialogs(reader: Reader) -> list[Component]:
    """The dialogs of those who keep rosters; none for the others."""
    if not reader.may_keep_rosters:
        return []
    stores = [dcc.Store(id=name) for name in (ids.DUTY_ASKED, ids.DUTY_RESULT, ids.DUTY_DONE)]
    centre = [_licence(), _post()] if reader.may_keep_posts else []
    return [_team(), _shift(), *centre, _import(), _sure(), *stores]


def _team() -> html.Dialog:
    unit = [html.Label(t("duty.unit"), htmlFor=leaf(NAME, "unit")), dcc.Dropdown(id=leaf(NAME, "unit"), options=[], clearable=False)]
    return _dialog("team", [*unit, *_fields("team", "team")])


def _shift() -> html.Dialog:
    return _dialog("shift", _fields("shift", "shift"))


def _post() -> html.Dialog:
    posts = [{"label": label("post", post), "value": post} for post in POST_WORDS]
    choice = dcc.RadioItems(id=ids.DUTY_POST, options=posts, value=POST_WORDS[1], className="verdicts")
    return _dialog("post", [choice, *_fields("post", "shift")])


def _licence() -> html.Dialog:
    kinds = [{"label": label("kind", kind), "value": kind} for kind in KINDS]
    choice = html.Fieldset(
        [html.Legend(t("duty.kinds")), dcc.Checklist(id=ids.DUTY_KINDS, options=kinds, value=["elevator"], className="verdicts")]
    )
    return _dialog("licence", [*_fields("licence", "licence"), choice])


def _import() -> html.Dialog:
    words = [html.P(t("duty.import_hint"), className="duty-hint"), html.Pre(EXAMPLE, className="duty-example")]
    upload = dcc.Upload(
        html.Span(t("duty.import_choose")), id=ids.DUTY_FILE, accept=".csv,text/csv", className="duty-upload", max_size=2_000_000
    )
    return _dialog("import", [*words, upload], confirm=False)


def _sure() -> html.Dialog:
    return _dialog("sure", [html.P(className="duty-what")])


def _fields(form: str, kind: str) -> list[Component]:
    fields: list[Component] = []
    for name, type_ in FIELDS[kind]:
        number = f"{ids.DUTY}-{form}--{name}"
        said: dict[str, Any] = {"type": type_, "value": "", "autoComplete": "off", "placeholder": HINTS.get(name, "")}
        fields += [html.Label(t(LABELS.get((form, name), f"duty.{name}")), htmlFor=number), dcc.Input(id=number, **said)]
    return fields


def _dialog(form: str, content: list[Component], *, confirm: bool = True) -> html.Dialog:
    close = html.Button(t("alarms.cancel"), className="ghost", **{"data-act": "close"})
    done = html.Button(t(f"duty.confirm_{form}"), className="solid", **{"data-act": "duty-confirm"}) if confirm else None
    ends = html.Div([close, done] if done else [close], className="row-end")
    problem = html.P(className="problem", role="alert")
    return html.Dialog(
        [html.H2(t(f"duty.title_{form}")), *content, problem, ends], id=f"{ids.DUTY}-{form}", className="duty-dialog", **{"data-form": form}
    )
