"""What stands around every page: header, navigation, live mark, siren, dialogs, watermark, the veil of a lost stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from dash import dcc, html, page_container
from dash.development.base_component import Component

from components import ids
from components.dialogs import dialog, field, note
from components.layout import icon, leaf_of, silent
from components.links import link
from domain.truth import Verdict
from locales import catalogue, label, language, t, when

NAV: Final = (
    ("overview", "/"),
    ("map", "/map"),
    ("work_orders", "/work-orders"),
    ("alarms", "/alarms"),
    ("equipment", "/equipment"),
    ("truth", "/truth"),
    ("rules", "/rules"),
    ("duty", "/duty"),
    ("notifications", "/notifications"),
)
ON_THE_WALL: Final = NAV[:5]  # as many as stand beside its title
DESK: Final = (("desk", "/desk"),)
INGEST: Final = (("ingest", "/ingest"),)
SCRIPT_WORDS: Final = (
    "live.",
    "time.",
    "alarms.m",
    "alarms.new",
    "map.shown",
    "map.outside",
    "kind.",
    "status.",
    "clock.",
    "orders.script_",
)
"""The words the browser's scripts say themselves, by the beginning of their keys."""
KEYS: Final = (
    ("/", "search"),
    ("g o", "go_overview"),
    ("g m", "go_map"),
    ("g w", "go_work_orders"),
    ("g d", "go_desk"),
    ("g a", "go_alarms"),
    ("g e", "go_equipment"),
    ("g t", "go_truth"),
    ("g r", "go_rules"),
    ("g u", "go_duty"),
    ("j", "next"),
    ("k", "previous"),
    ("a", "acknowledge"),
    ("v", "judge"),
    ("x", "choose"),
    ("1–9", "take_step"),
    ("a", "answer"),
    ("n", "report"),
    ("e", "export"),
    ("?", "help"),
    ("Esc", "close"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: shown in the head and in the watermark."""

    name: str
    role: str
    deployment: str | None
    last_sign_in: str | None = None
    may_acknowledge: bool = False
    may_export: bool = False
    may_record: bool = False
    may_read_ingest: bool = False
    may_keep_rosters: bool = False
    may_keep_posts: bool = False
    may_answer: bool = False  # sits at the duty seat
    tile_url: str = ""
    geo_url: str = ""


def layout() -> Component:
    """What app.layout is: the pages' container alone; every page brings its own shell."""
    return page_container


def wall(reader: Reader, *columns: Component, ticker: Component, duty: Component) -> html.Div:
    """The operations centre's big screen; `duty` names who leads and who sits at the desk (值班领导、值班员)."""
    head = html.Header(
        [
            html.Div(
                [
                    html.Span("--:--:--", id=ids.CLOCK, className="hd-time num"),
                    html.Span([html.B(id=ids.CLOCK_DATE), html.Span(id=ids.CLOCK_WEEKDAY)], className="hd-date"),
                    _demo(),
                    _siren(reader),
                ],
                className="hd-l",
            ),
            html.Div(html.H1(t("app.title")), className="title"),
            html.Div(
                [html.Div(_nav("/", ON_THE_WALL), className="chrome"), duty, _live(), html.Div(_sign_out("quiet"), className="chrome")],
                className="hd-r",
            ),
        ],
        className="hd",
    )
    centre = html.Main([html.Div(list(columns), className="main"), ticker], className="stage-main", id=ids.MAIN)
    stage = html.Div([head, centre], className="stage")
    return _shell(reader, html.Div(stage, className="wall"))


def desk(reader: Reader, path: str, *content: Component, heading: str = "", fixed: bool = False) -> html.Div:
    """A working page; `heading` is what a screen reader hears first, `fixed` pages fill the window and scroll inside."""
    signed = t("nav.last_sign_in", when=when(reader.last_sign_in)) if reader.last_sign_in else t("nav.first_sign_in")
    head = html.Header(
        [
            link(t("app.short"), "/", className="brand"),
            _nav(path, (*(DESK if reader.may_answer else ()), *NAV, *(INGEST if reader.may_read_ingest else ()))),
            html.Div(
                [
                    _demo(),
                    _siren(reader),
                    _live(),
                    html.Span(signed, className="last"),
                    html.Span([icon("person-circle"), f" {reader.role} · {reader.name}"], className="who"),
                    _language(path),
                    html.Button(
                        icon("circle-half"), className="ghost", title=t("nav.theme"), **{"data-act": "theme", "aria-label": t("nav.theme")}
                    ),
                    html.Button(
                        icon("keyboard"),
                        className="ghost keys-button",
                        title=t("nav.keys"),
                        **{"data-act": "keys", "aria-label": t("nav.keys")},
                    ),
                    *_sign_out("ghost"),
                ],
                className="end",
            ),
        ],
        className="desk-h",
    )
    first = [html.H1(heading, className="sr-only")] if heading else []
    body = html.Div([head, html.Main([*first, *content], className="desk-main", id=ids.MAIN)], className=f"desk {'fixed' if fixed else ''}")
    return _shell(reader, body, _keys(), html.Div(className="watermark", **{"data-text": reader.name, "aria-hidden": "true"}))


def missing(reader: Reader) -> html.Div:
    """The page of an object that does not exist or lies outside the reader's scope: both look the same."""
    return desk(
        reader,
        "/equipment",
        html.Div(
            [
                icon("compass"),
                html.H1(t("missing.title")),
                html.P(t("missing.text")),
                link(t("missing.link"), "/equipment", className="solid"),
            ],
            className="missing",
        ),
    )


def not_for(reader: Reader, path: str, why: str) -> html.Div:
    """A page that is not for this reader's role, with the reason and the way back."""
    words = [icon("lock"), html.H1(t("error.not_permitted")), html.P(why), link(t("error.front_page"), "/", className="solid")]
    return desk(reader, path, html.Div(words, className="missing"))


def _shell(reader: Reader, *content: Component) -> html.Div:
    words = {key: text for key, text in catalogue(language()).items() if key.startswith(SCRIPT_WORDS)}
    veil = html.Div(
        [icon("wifi-off"), html.Span(id=ids.VEIL_TEXT), link(t("live.reload"), "", id=ids.VEIL_LINK)], id=ids.VEIL, role="alert"
    )
    return html.Div(
        [link(t("app.skip"), f"/#{ids.MAIN}", className="skip"), silent("siren-state", leaf_of("siren-state", "ids")), *content, veil],
        id=ids.SHELL,
        className="shell",
        **{"data-words": orjson.dumps(words).decode(), "data-deployment": reader.deployment or "none"},
    )


def _nav(path: str, tabs: Sequence[tuple[str, str]]) -> html.Nav:
    def tab(name: str, href: str) -> Component:
        return link(t(f"nav.{name}"), href, className="tab", **({"aria-current": "page"} if href == path else {}))

    return html.Nav([tab(name, href) for name, href in tabs], className="tabs", **{"aria-label": t("nav.menu")})


def _demo() -> html.Span:
    return html.Span(t("app.demo"), className="demo", title=t("app.demo_hint"))


def _live() -> html.Div:
    return html.Div([html.Span(className="dot"), html.Span(t("live.connecting"))], id=ids.LIVE, className="live", role="status")


def _siren(reader: Reader) -> html.Div:
    where = "/desk" if reader.may_answer else "/alarms?category=entrapment&open=1"
    parts = [icon("bell-fill"), link("", where, id=ids.SIREN_WORDS), html.Button(id=ids.SIREN_MUTE)]
    return html.Div(parts, id=ids.SIREN, role="alert")


def _language(path: str) -> html.Form:
    other = "en" if language() == "zh_CN" else "zh_CN"
    button = html.Button(t("app.language_other"), type="submit", name="language", value=other, className="ghost", title=t("nav.language"))
    here = dcc.Input(type="hidden", name="next", value=path)
    return html.Form([here, button], action="/language", method="POST")


def _sign_out(cls: str) -> list[Component]:
    button = html.Button(t("nav.logout"), type="submit", className=cls)
    return [html.Form(button, action="/logout", method="POST")]


def _keys() -> html.Dialog:
    rows: list[Component] = []
    for key, name in KEYS:
        rows += [html.Dt(html.Kbd(key)), html.Dd(t(f"keys.{name}"))]
    close = html.Button(t("keys.close"), className="ghost", **{"data-act": "close"})
    return html.Dialog([html.H2(t("nav.keys")), html.Dl(rows, className="keys"), html.Div(close, className="row-end")], id=ids.KEYS)


def export_link(reader: Reader, path: str) -> list[Component]:
    """The list of this page as a file, for the filters in the address; only for those who may take lists out."""
    if not reader.may_export:
        return []
    return [html.A([icon("download"), f" {t('alarms.export')}"], id=ids.EXPORT, href=path, className="ghost", **{"data-path": path})]


def acknowledge_dialog(reader: Reader) -> list[Component]:
    """The dialog in which somebody takes note of an alarm with name and note, and says what it turned out to be; only for those
    who may.
    """
    if not reader.may_acknowledge:
        return []
    title = [html.Span(t("alarms.acknowledge_title"), className="to-acknowledge"), html.Span(t("verdict.title"), className="to-judge")]
    words = [html.Span(t("alarms.confirm"), className="to-acknowledge"), html.Span(t("verdict.save"), className="to-judge")]
    box = dialog(
        ids.ACKNOWLEDGE,
        title,
        html.P(id=ids.ACKNOWLEDGE_WHAT),
        _verdicts(),
        *field(ids.ACKNOWLEDGE_NAME, t("alarms.name"), value=reader.name, maxLength=40, autoComplete="name"),
        *note(ids.ACKNOWLEDGE_NOTE, t("alarms.note"), rows=3, placeholder=t("alarms.note_hint")),
        problem=ids.ACKNOWLEDGE_PROBLEM,
        confirm=ids.ACKNOWLEDGE_CONFIRM,
        words=words,
    )
    stores = (ids.ACKNOWLEDGE_ALARM, ids.ACKNOWLEDGE_CORRECTS, ids.ACKNOWLEDGE_RESULT, ids.ACKNOWLEDGE_DONE)
    return [box, *(dcc.Store(id=name) for name in stores)]


def _verdicts() -> html.Fieldset:
    """The words one may say, with the key of each; at first nobody has said any."""
    choices: list[tuple[str, str]] = [*((verdict.value, label(verdict)) for verdict in Verdict), ("", t("verdict.later"))]
    options = [
        {"value": value, "label": html.Span([html.Kbd(str(key)), words], **{"data-verdict": value or "none"})}
        for key, (value, words) in zip((*range(1, len(choices)), 0), choices, strict=True)
    ]
    radios = dcc.RadioItems(id=ids.ACKNOWLEDGE_VERDICT, options=options, value="", className="verdicts")
    return html.Fieldset([html.Legend(t("verdict.question")), radios])
