"""Thresholds: what is in force, since when, by whom and why; one of them can be changed, with a reason, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.layout import icon, leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes, text
from locales import label, number, t, when

NAME = "rules"
CHOSEN = "rule"
PATH: Final = "/rules"
AREAS: Final = ("elevator", "forklift", "alarm", "presence", "response")  # the others follow by name
HOURS: Final = (1, 6, 24, 168)
Row = Mapping[str, Any]


def frame(query: Mapping[str, str], trials: Component, *, may_change: bool) -> html.Div:
    """The table, and beside it the chosen threshold with its form and its trials."""
    table = panel(NAME, leaf_of(NAME, "rows", "rule-rows"), symbol="sliders", cls="rules-table", follow=query)
    form = [_form()] if may_change else [html.P(t("rules.read_only"), className="keys-note")]
    body = [leaf_of(CHOSEN, "head", "rule-head"), *form, leaf_of(CHOSEN, "versions", "rule-versions")]
    chosen = panel(CHOSEN, *body, symbol="sliders2", cls="rules-chosen", follow=query)
    return html.Div([table, html.Div([chosen, trials], className="rules-side")], className="rules-page")


def _form() -> html.Div:
    def field(name: str, control: Component, key: str) -> Component:
        return html.Div([html.Label(t(f"rules.{key}"), htmlFor=name), control], className=f"field {key}")

    radio = {"className": "radios", "inline": True}
    hours = [{"label": t("rules.hours", n=hours), "value": hours} for hours in HOURS]
    change = html.Div(
        [
            field(ids.RULE_VALUE, dcc.Input(id=ids.RULE_VALUE, type="text", inputMode="decimal", maxLength=12, value=""), "new_value"),
            field(ids.RULE_WHY, dcc.Input(id=ids.RULE_WHY, type="text", maxLength=500, placeholder=t("rules.why_hint"), value=""), "why"),
            html.Button([icon("check2"), f" {t('rules.put_in_force')}"], id=ids.RULE_CONFIRM, className="solid", n_clicks=0),
        ],
        className="rule-form",
    )
    trial = html.Div(
        [
            field(ids.RULE_KIND, dcc.RadioItems(id=ids.RULE_KIND, options=[], **radio), "kind"),
            field(ids.RULE_HOURS, dcc.RadioItems(id=ids.RULE_HOURS, options=hours, value=HOURS[0], **radio), "span"),
            field(ids.RULE_STREETS, dcc.Dropdown(id=ids.RULE_STREETS, options=[], multi=True, placeholder=t("filter.all")), "streets"),
            field(ids.RULE_VENDOR, dcc.Dropdown(id=ids.RULE_VENDOR, options=[], placeholder=t("filter.all")), "vendor"),
            html.Button([icon("rewind"), f" {t('rules.try')}"], id=ids.RULE_TRY, className="ghost", n_clicks=0),
        ],
        className="rule-form trial",
    )
    stores = [dcc.Store(id=ids.RULE_SEEN), dcc.Store(id=ids.RULE_TEST), dcc.Store(id=ids.RULE_GONE)]
    return html.Div([change, html.P(id=ids.RULE_PROBLEM, className="problem", role="alert"), trial, *stores], className="rule-forms")


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: the thresholds with their newest versions, and the chosen key."""
    ordered = sorted(rows["rows"], key=lambda row: (_place(row["key"]), row["key"]))
    changed = sum(row["version"] > 0 for row in ordered)
    groups = [_group(area, list(found), rows["key"]) for area, found in groupby(ordered, key=lambda row: _area(row["key"]))]
    return {"rows": nodes(groups), "sub": t("rules.sub", n=number(len(ordered)), changed=number(changed))}


def update_chosen(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: the same; the chosen threshold with its versions."""
    row = next((row for row in rows["rows"] if row["key"] == rows["key"]), None)
    if row is None:
        return {"head": nodes([]), "versions": nodes([]), "sub": "", "@empty": t("rules.choose")}
    drawn: Leaves = {
        "head": nodes(_head(row)),
        "versions": nodes(_versions(row, rows["versions"], may_change=rows["may_change"])),
        "sub": row["key"],
    }
    if rows["may_change"]:
        kinds = [{"label": label("kind", kind), "value": kind} for kind in rows["kinds"]]
        drawn |= {
            "seen": {"props": {"data": {"key": row["key"], "version": row["version"]}}},
            "value": {"props": {"placeholder": f"{row['value']:g}"}},
            "kind": {"props": {"options": kinds, "value": rows["kinds"][0] if rows["kinds"] else None}},
            "streets": {"props": {"options": [{"label": name, "value": code} for code, name in rows["streets"].items()]}},
            "vendor": {"props": {"options": [{"label": title, "value": name} for name, title in rows["vendors"].items()]}},
        }
    return drawn


def amount(value: float, unit: str) -> str:
    """A threshold's value with its unit."""
    return number(value, 0 if float(value).is_integer() else 2, unit)


def _area(key: str) -> str:
    return key.partition(".")[0]


def _place(key: str) -> int:
    area = _area(key)
    return AREAS.index(area) if area in AREAS else len(AREAS) + sum(map(ord, area[:2]))


def _group(area: str, rows: Sequence[Row], chosen: str) -> Node:
    titles = node(
        "div", *(text(t(f"rules.{name}"), "small") for name in ("name", "value", "default", "version", "changed")), cls="rule-row titles"
    )
    return node("div", node("h3", text=t(f"rules.area_{area}")), titles, *(_line(row, chosen) for row in rows), key=area, cls="rule-area")


def _line(row: Row, chosen: str) -> Node:
    differs = row["value"] != row["default"]
    changed = f"{when(row['changed_at'])} {row['changed_by']}" if row["version"] else t("app.none")
    return node(
        "a",
        node("span", node("b", text=t(f"threshold.{row['key']}")), text(row["source"] or t("rules.no_source"), "small"), cls="name"),
        node("b", text=amount(row["value"], row["unit"]), cls="num", tone="warn" if differs else None),
        node("span", text=amount(row["default"], row["unit"]), cls="num"),
        node("span", text=str(row["version"]), cls="num"),
        node("span", node("span", text=changed), text(row["why"], "small"), cls="changed", title=row["why"]),
        key=row["key"],
        cls="rule-row turn",
        href=to(PATH, key=row["key"]),
        current="true" if row["key"] == chosen else "false",
    )


def _head(row: Row) -> list[Node]:
    source = row["source"] or t("rules.no_source")
    return [
        node("b", text=t(f"threshold.{row['key']}"), key="name"),
        node("span", node("em", text=amount(row["value"], row["unit"]), cls="num"), text(t("rules.in_force"), "small"), key="value"),
        node("span", node("em", text=amount(row["default"], row["unit"]), cls="num"), text(t("rules.default"), "small"), key="default"),
        node("span", text=t("rules.source_said", source=source), key="source"),
    ]


def _versions(row: Row, versions: Sequence[Row], *, may_change: bool) -> list[Node]:
    """The newest first, and last the default from before the first change."""
    lines = [_version(one, row, newest=place == 0, may_change=may_change) for place, one in enumerate(versions)]
    first = {"version": 0, "value": row["default"], "changed_at": None, "changed_by": "", "why": t("rules.first")}
    return [node("h3", text=t("rules.history"), key="title"), *lines, _version(first, row, newest=not versions, may_change=may_change)]


def _version(one: Row, row: Row, *, newest: bool, may_change: bool) -> Node:
    back = node(
        "button", text=t("rules.revert"), cls="ghost",
        data={"act": "revert", "value": one["value"], "why": t("rules.revert_why", version=one["version"])},
    )  # fmt: skip
    said = f"{when(one['changed_at'], seconds=True)} {one['changed_by']}" if one["changed_at"] else ""
    return node(
        "div",
        node("span", text=t("rules.version_n", n=one["version"]), cls="num"),
        node("b", text=amount(one["value"], row["unit"]), cls="num"),
        node("span", text=one["why"]),
        text(said, "small", "num"),
        *([back] if may_change and not newest else [text(t("rules.current"), "small")] if newest else []),
        key=one["version"],
        cls="rule-version",
    )
