"""What no alarm reported: the list, the dialog that adds to it, and the one that takes a mistake back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import dcc, html

from components import ids
from components.dialogs import dialog, field, note
from components.layout import icon, leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, node, nodes
from components.panels.truth import PATH
from components.shell import Reader
from domain.faults import FAULTS
from locales import label, t, when

NAME: Final = "truth-missed"
NAMES: Final = ("days", "by", "basis", "of")
Row = Mapping[str, Any]


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """The list, and for those who may the button that adds to it."""
    button = html.Button([icon("plus-lg"), f" {t('missed.record')}"], className="ghost", **{"data-act": "record-missed"})
    head = html.Div([leaf_of(NAME, "part", "chips"), *([button] if reader.may_record else [])], className="truth-head")
    return panel(NAME, html.Div([head, leaf_of(NAME, "rows", "missed-rows")]), symbol="telephone-x", hint=t("missed.hint"), follow=params)


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: view with the part that was asked for, the occurrences, streets' names, simulated, may_record."""
    view, simulated = rows["view"], rows["simulated"]
    lines = [_occurrence(row, rows, simulated=simulated) for row in rows["missed"]]
    if not lines:
        lines = [node("p", text=t("missed.none_simulator" if simulated else "missed.none"), cls="keys-note wrap", key="none")]
    part = node(
        "a",
        node("span", text=t("missed.part")),
        node("i", text="", cls="bi bi-x"),
        cls="chip",
        current="true",
        key="of",
        href=to(PATH, **view),
    )
    return {
        "rows": nodes(lines),
        "part": nodes([part] if rows["of"] else []),
        "sub": t("basis.simulator" if simulated else "missed.sub"),
    }


def dialogs(reader: Reader) -> list[Any]:
    """The dialogs of those who may write down what no alarm reported."""
    if not reader.may_record:
        return []
    stores = [dcc.Store(id=name) for name in (ids.MISSED_RESULT, ids.MISSED_DONE, ids.WITHDRAW_NUMBER, ids.WITHDRAW_RESULT)]
    return [_record_dialog(), _withdraw_dialog(), *stores]


def _record_dialog() -> html.Dialog:
    families = sorted({fault.family for fault in FAULTS.values() if fault.category != "presence"})
    fields = [
        *field(ids.MISSED_MACHINE, t("missed.machine"), placeholder=t("filter.q"), list=ids.MISSED_MACHINES),
        html.Datalist(id=ids.MISSED_MACHINES),
        dcc.Store(id=ids.MISSED_TEXT),
        *field(ids.MISSED_FAMILY, t("missed.family"), placeholder=t("missed.family_hint"), list=ids.MISSED_FAMILIES),
        html.Datalist([html.Option(value=label("rule", family)) for family in families], id=ids.MISSED_FAMILIES),
        *field(ids.MISSED_WHEN, t("missed.when"), placeholder=t("missed.when_hint")),
        *field(ids.MISSED_BY, t("missed.by"), placeholder=t("missed.by_hint"), maxLength=50),
        *note(ids.MISSED_NOTE, t("alarms.note")),
    ]
    confirm, words = ids.MISSED_CONFIRM, t("missed.save")
    return dialog(ids.MISSED, t("missed.record"), *fields, problem=ids.MISSED_PROBLEM, confirm=confirm, words=words)


def _withdraw_dialog() -> html.Dialog:
    what, why, words = html.P(id=ids.WITHDRAW_WHAT), note(ids.WITHDRAW_NOTE, t("missed.why")), t("missed.withdraw")
    return dialog(ids.WITHDRAW, words, what, *why, problem=ids.WITHDRAW_PROBLEM, confirm=ids.WITHDRAW_CONFIRM, words=words)


def _occurrence(row: Row, rows: Row, *, simulated: bool) -> Node:
    place = rows["streets"].get(row["street_code"] or "", t("street.none"))
    said = t("missed.simulated", what=row["note"]) if simulated else t("missed.said", by=row["reported_by"], note=row["note"])
    about = {"act": "withdraw", "id": row["id"], "title": f"{label('rule', row['family'])} · {row['name']} · {when(row['occurred_at'])}"}
    button = [node("button", text=t("missed.withdraw"), cls="ghost", data=about)] if rows["may_record"] and not simulated else []
    return node(
        "div",
        node("b", text=label("rule", row["family"])),
        node("div", node("a", text=row["name"], href=equipment(row["code"])), node("small", text=place), cls="where"),
        node("span", text=when(row["occurred_at"]), cls="num"),
        node("small", text=said, title=said),
        node("span", *button, cls="act"),
        key=row["id"] or f"{row['code']} {row['occurred_at']}",
    )
