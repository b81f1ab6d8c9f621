"""Alarm replay: the film of one alarm, why it was not raised earlier, its thresholds then and now, and the exact messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import orjson
from dash import html
from dash.development.base_component import Component

from components import theme
from components.layout import icon, leaf_of, panel
from components.links import equipment, link, to
from components.nodes import Leaves, Node, node, nodes, text
from components.panels import alarm_rows, replay_film, replay_words
from components.shell import Reader
from domain.equipment import KINDS
from domain.equipment.kind import EquipmentKind
from locales import duration, label, number, t, when

NAME = "replay"
SPEEDS: Final = (1, 5, 20)
PARTS: Final = ("why", "settings", "words", "messages")


def frame(reader: Reader, alarm: str) -> html.Div:
    """The page of one alarm; an unknown one shows the designed "not found" in its place."""
    export = [link([icon("download"), f" {t('alarms.export')}"], f"/export/alarms/{alarm}/film.csv", className="ghost")]
    head = html.Div(
        [html.H1(id=f"{NAME}--title"), leaf_of(NAME, "facts", "head-facts", "Span"), leaf_of(NAME, "same", "head-status", "Span"),
         *(export if reader.may_export and alarm.isdecimal() else []),
         link([icon("arrow-left"), f" {t('replay.back')}"], "/alarms", className="ghost")],
        className="head",
    )  # fmt: skip
    film = panel(NAME, *_player(), leaf_of(NAME, "film"), symbol="film", cls="w12 film-panel", params={"alarm": alarm})
    parts = [_part(name) for name in PARTS]
    missing = html.Div(
        [icon("compass"), html.H1(t("missing.title")), html.P(t("missing.text")), link(t("replay.back"), "/alarms", className="solid")],
        className="missing",
    )
    return html.Div([html.Div([head, film, *parts], className="dossier replay"), missing], id=f"{NAME}--found", className="dossier-page")


def _player() -> list[Component]:
    """The stage and its controls; `assets/60-film.js` draws on it."""
    button = html.Button(icon("play-fill"), className="solid film-play", **{"data-film": "play", "aria-label": t("film.play")})
    steps = [
        html.Button(icon(f"skip-{way}-fill"), className="ghost", **{"data-film": name, "aria-label": t(f"film.{name}")})
        for way, name in (("start", "previous"), ("end", "next"))
    ]
    speeds = [html.Button(f"{speed}×", className="ghost num", **{"data-speed": str(speed)}) for speed in SPEEDS]
    controls = html.Div(
        [button, *steps, html.Span(className="film-clock num"), *speeds, html.Span(t("film.keys"), className="keys-note")],
        className="film-controls",
    )
    track = html.Div(
        [html.Div(className="film-marks"), html.Div(className="film-range")], className="film-track", **{"data-label": t("film.position")}
    )
    stage = html.Div(
        [
            html.Div(className="film-stage"),
            html.Div([html.Div(className="film-rules"), html.Div(className="film-said")], className="film-now"),
        ],
        className="film-scene",
    )
    return [html.Div([stage, track, controls], className="film", **{"data-player": NAME})]


def _part(name: str) -> html.Section:
    title = t(f"replay.{name}")
    head = html.Div([html.H2(title), leaf_of(NAME, f"{name}-sub", "sub", "Span")], className="pn-h")
    body = html.Div(leaf_of(NAME, name, f"replay-{name}"), className="pn-b")
    return html.Section([head, body], className=f"pn {'w12' if name in ('why', 'messages') else 'w6'}", **{"aria-label": title})


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: a `services.films.Film` with the streets' names, or None where there is no such alarm in the scope."""
    if rows is None:
        return {"found": {"attrs": {"found": "no"}}, "@empty": t("missing.title")}
    alarm, kind = rows["alarm"], KINDS[rows["alarm"]["kind"]]
    return {
        "found": {"attrs": {"found": "yes"}},
        "title": alarm_rows.title(alarm),
        "facts": nodes(_facts(alarm, rows["streets"])),
        "same": nodes([_same(rows)]),
        "film": {"film": replay_film.drawing(rows)},
        "sub": _span(rows),
        "why": nodes(_why(rows, kind)),
        "why-sub": t("replay.why_sub"),
        "settings": nodes(_settings(rows)),
        "settings-sub": _version(rows),
        "words": nodes([_word(word) for word in rows["words"]] or [text(t("replay.no_words"), "p", "keys-note")]),
        "words-sub": "",
        "messages": nodes(_messages(rows, kind) or [text(t(_gone(rows)), "p", "keys-note")]),
        "messages-sub": t("replay.messages_sub", n=number(len(rows["readings"]))),
    }


def _facts(alarm: Mapping[str, Any], streets: Mapping[str, str]) -> list[Node]:
    level = theme.alarm_word(alarm["level"], urgent=alarm["urgent"])
    return [
        node("span", text=level, cls="lv", tone=alarm_rows.tone(alarm), key="level"),
        node("a", text=alarm["name"], href=equipment(alarm["code"]), cls="code", key="machine"),
        text(alarm_rows.place(alarm, streets)),
        text(f"{t('alarms.raised')} {when(alarm['raised_at'], seconds=True)}", cls="num"),
        text(f"{t('alarms.detected')} {when(alarm['detected_at'], seconds=True)}", cls="num"),
        text(label("source", alarm["source"])),
    ]


def _same(rows: Mapping[str, Any]) -> Node:
    """Whether judging again gives the same alarm."""
    if rows["same"] is None:
        return node("span", text=t("replay.by_silence"), cls="chip", key="same")
    key = "same" if rows["same"] else "differs" if rows["readings"] or rows["words"] else "dropped"
    tone = {"same": "ok", "differs": "warn", "dropped": "off"}[key]
    return node("span", node("i", text=""), text(t(f"replay.{key}")), cls="chip", tone=tone, key="same", title=t(f"replay.{key}_hint"))


def _span(rows: Mapping[str, Any]) -> str:
    return t("replay.span", since=when(rows["since"], seconds=True), until=when(rows["until"], seconds=True)[11:])


def _gone(rows: Mapping[str, Any]) -> str:
    return "replay.dropped_hint" if rows["alarm"]["source"] == "rule" else "replay.no_readings"


def _version(rows: Mapping[str, Any]) -> str:
    """The version of the rule's description then and now."""
    now = next((rule["version"] for rule in rows["rules"] if rule["key"] == rows["alarm"]["rule"]), None)
    if now is None:
        return ""
    if rows["version"] is None:
        return t("replay.version_unknown", now=now)
    return t("replay.version_same" if rows["version"] == now else "replay.version_changed", then=rows["version"], now=now)


def _why(rows: Mapping[str, Any], kind: EquipmentKind) -> list[Node]:
    """A column a rule: what each stretch of readings lacked, the newest first."""
    found = [_rule(rule, kind, raised=rule["key"] == rows["alarm"]["rule"]) for rule in rows["rules"]]
    if found:
        return found
    return [text(t("replay.no_rule" if rows["same"] is not None else "replay.silence_rule"), "p", "keys-note")]


def _rule(rule: Mapping[str, Any], kind: EquipmentKind, *, raised: bool) -> Node:
    lines = [_stretch(one, kind) for one in reversed(rule["stretches"])]
    nothing = [text(t("replay.no_stretches"), "p", "keys-note")]
    title = node("h3", text=label("rule", rule["key"]), tone="crit" if raised else None)
    return node("div", title, node("ul", *lines, cls="stretches") if lines else nothing[0], key=rule["key"], cls="why-rule")


def _stretch(one: Mapping[str, Any], kind: EquipmentKind) -> Node:
    account = one["account"]
    since, until = replay_film.clock(one["since"]), replay_film.clock(one["until"])
    span = since if since == until else f"{since}–{until}"
    return node(
        "li",
        node("button", text=span, cls="num jump", data={"jump": one["since"]}),
        node("span", text=replay_words.said(account, kind)),
        key=f"{one['since']}-{account['why']}",
        tone=replay_words.TONES.get(account["why"], "none"),
        title=t("replay.readings", n=one["readings"]),
        data={"why": account["why"]},
    )


def _settings(rows: Mapping[str, Any]) -> list[Node]:
    lines = [_setting(one) for one in rows["settings"]]
    lately = [text(t("replay.lately"), "p", "keys-note")] if rows["lately"] else []
    return [*lately, *lines] or [text(t("replay.no_settings"), "p", "keys-note")]


def _setting(one: Mapping[str, Any]) -> Node:
    changed = t("replay.setting_default")
    if one["version"]:
        changed = t("replay.setting_changed", version=one["version"], by=one["changed_by"], when=when(one["changed_at"]), why=one["why"])
    differs = [text(t("replay.setting_now", value=number(one["now"], _digits(one["now"]), one["unit"])), cls="tone-warn")]
    return node(
        "div",
        node("a", text=t(f"threshold.{one['key']}"), href=to("/rules", key=one["key"])),
        node("b", text=number(one["value"], _digits(one["value"]), one["unit"]), cls="num"),
        text(changed, "small"),
        *(differs if one["now"] != one["value"] else []),
        key=one["key"],
        cls="setting",
    )


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() else 2


def _word(word: Mapping[str, Any]) -> Node:
    body = orjson.dumps(word["body"], option=orjson.OPT_INDENT_2).decode() if word["body"] else word["description"]
    head = t("replay.word_head", code=word["vendor_code"], phase=label("phase", word["phase"]), outcome=label("outcome", word["outcome"]))
    times = t("replay.times", sampled=replay_film.clock(word["at"]), received=replay_film.clock(word["received_at"]),
              delay=duration(max(word["delay"], 0)))  # fmt: skip
    return node(
        "div", node("b", text=head), text(times, "small"), node("div", text=body, cls="body num"), key=f"{word['event_id']}-{word['phase']}"
    )


def _messages(rows: Mapping[str, Any], kind: EquipmentKind) -> list[Node]:
    """The readings as they were stored, each with the platform's keys of what changed since the one before."""
    played: Sequence[Mapping[str, Any]] = rows["readings"]
    changes = [_all(played[0], kind)] if played else []
    changes += [_changes(earlier, later, kind) for earlier, later in pairwise(played)]
    titles = (text(t(f"film.column_{name}")) for name in ("sampled", "received", "delay", "said"))
    head = [node("div", *titles, key="titles", cls="message titles")] if played else []
    return [*head, *(_message(one, words) for one, words in zip(played, changes, strict=True))]


def _message(one: Mapping[str, Any], words: str) -> Node:
    delay = number(one["delay"], 1, "s")
    return node(
        "div",
        node("button", text=replay_film.clock(one["at"]), cls="num jump", data={"jump": one["at"]}),
        text(replay_film.clock(one["received_at"]), cls="num"),
        node("span", text=f"{delay} {t('film.late')}" if one["late"] else delay, cls="num", tone="warn" if one["late"] else None),
        text(words, cls="said"),
        key=one["at"],
        cls="message",
    )


def _all(one: Mapping[str, Any], kind: EquipmentKind) -> str:
    return " · ".join(
        _value(field.wire, field, value) for field, value in zip(kind.fields, one["values"], strict=True) if value is not None
    )


def _changes(earlier: Mapping[str, Any], later: Mapping[str, Any], kind: EquipmentKind) -> str:
    pairs = zip(kind.fields, earlier["values"], later["values"], strict=True)
    changed = [_value(field.wire, field, now) for field, before, now in pairs if before != now]
    return " · ".join(changed) or t("replay.unchanged")


def _value(wire: str, field: Any, value: Any) -> str:
    return f"{wire} = {t('app.none') if value is None else replay_words.spoken(field, value)}"
