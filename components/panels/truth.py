"""The truth board: precision and recall by rule, vendor or street, each figure leading to exactly the alarms it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components import ids
from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, figure, node, nodes, text
from components.shell import Reader, export_link
from domain.truth import FEW
from locales import label, number, percent, t

NAME: Final = "truth"
PATH: Final = "/truth"
NAMES: Final = ("days", "by", "basis")
PERIODS: Final = (1, 7, 30, 90)
BYS: Final = ("rule", "vendor", "street")
BASES: Final = ("verdicts", "simulator")
COUNTS: Final = ("alarms", "confirmed", "false", "drill", "unjudged")
# What a count leads to: the words of the alarm list, by whose word counts.
LEADS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "verdicts": {
        "alarms": {},
        "confirmed": {"verdict": "confirmed"},
        "false": {"verdict": "false"},
        "drill": {"verdict": "drill"},
        "unjudged": {"verdict": "none"},
    },
    "simulator": {"alarms": {}, "confirmed": {"explained": "1"}, "false": {"explained": "0"}},
}
ANCHOR: Final = f"#{ids.TRUTH_MISSED}"
Row = Mapping[str, Any]


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """Choices above, the table below."""
    choices = html.Div([leaf_of(NAME, "choices", "truth-choices"), *export_link(reader, "/export/truth.csv")], className="truth-head")
    table = html.Div(leaf_of(NAME, "rows", "truth-table"), className="truth-scroll")
    notes = html.P([t("truth.how"), html.Br(), leaf_of(NAME, "note", tag="Span")], className="keys-note wrap")
    return panel(NAME, html.Div([choices, table, notes]), symbol="clipboard-check", hint=t("truth.hint"), follow=params)


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: view, board, streets' names, vendors' titles."""
    view, board = rows["view"], rows["board"]
    view = {**view, "basis": board["basis"]}
    total = board["total"]
    lines = [_line(line, _named(line, view, rows), view) for line in board["lines"]]
    alarms, unjudged = sum(total["tally"][name] for name in COUNTS[1:]), total["tally"]["unjudged"]
    simulated = board["basis"] == "simulator"
    return {
        "choices": nodes(_choices(view, demonstration=board["demonstration"])),
        "rows": nodes([_head(view), _line(total, t("truth.total"), view), *lines]),
        "note": t("truth.how_simulator" if simulated else "truth.how_verdicts", few=FEW),
        "sub": t("truth.sub", alarms=number(alarms), judged=percent(alarms - unjudged, alarms)),
    }


def words_of(line: Row, view: Row) -> dict[str, str]:
    """The filter of the alarm list that finds the alarms of one line; of the sum, of the whole period."""
    words = {"detected": f"{view['days']}d", "safety": "1"}
    if line["rule"]:
        return words | {"rule": line["rule"]}
    if line["whole"]:
        return words
    by = "family" if view["by"] == "rule" else view["by"]
    return words | {by: line["key"] or "none"}


def _choices(view: Row, *, demonstration: bool) -> list[Node]:
    bases = [(basis, t(f"basis.{basis}")) for basis in BASES] if demonstration else []
    return [
        _group(view, "days", [(days, t("truth.days", days=days) if days > 1 else t("time.today")) for days in PERIODS]),
        _group(view, "by", [(by, t(f"by.{by}")) for by in BYS]),
        *([_group(view, "basis", bases)] if bases else []),
    ]


def _group(view: Row, name: str, choices: Sequence[tuple[object, str]]) -> Node:
    chips = [
        node(
            "a",
            text=words,
            cls="chip",
            key=value,
            href=to(PATH, **{**view, name: value}),
            current="true" if view[name] == value else "false",
        )
        for value, words in choices
    ]
    return node("div", *chips, cls="chips", key=name, role="group", label=t(f"truth.{name}"))


def _named(line: Row, view: Row, rows: Row) -> str:
    if line["rule"]:
        return label("rule", line["rule"])
    match view["by"]:
        case "rule":
            return label("rule", line["key"])
        case "vendor":
            return str(rows["vendors"].get(line["key"], line["key"])) if line["key"] else t("truth.no_vendor")
        case _:
            return str(rows["streets"].get(line["key"], line["key"])) if line["key"] else t("street.none")


def _head(view: Row) -> Node:
    columns = (t(f"by.{view['by']}"), *(t(f"truth.{name}") for name in COUNTS), t("truth.precision"), t("truth.missed"), t("truth.recall"))
    return node("div", *(text(words) for words in columns), key="head", cls="head")


def _line(line: Row, words: str, view: Row) -> Node:
    tally = {**line["tally"], "alarms": sum(line["tally"][name] for name in COUNTS[1:])}
    found = words_of(line, view)
    counts = [_count(name, tally[name], LEADS[view["basis"]].get(name), found) for name in COUNTS]
    missed = node("span", text="") if line["rule"] else _missed(tally["missed"], line, view)
    return node(
        "div",
        node("span", text=words, cls="name", title=words),
        *counts,
        _share(line["precision"], "precision"),
        missed,
        node("span", text=t("truth.of_family"), cls="muted") if line["rule"] else _share(line["recall"], "recall"),
        key="total" if line["whole"] else f"{line['key']}/{line['rule'] or ''}",
        cls="total" if line["whole"] else "of-family" if line["rule"] else "whole",
    )


def _count(name: str, count: int, more: Mapping[str, str] | None, found: Mapping[str, str]) -> Node:
    data = {"of": t(f"truth.{name}")}
    if not count or more is None:
        return node("span", text=number(count), cls="num muted" if not count else "num", data=data)
    return node("a", text=number(count), cls="num", href=to("/alarms", **found, **more), data=data)


def _missed(count: int, line: Row, view: Row) -> Node:
    data = {"of": t("truth.missed")}
    if not count:
        return node("span", text=number(count), cls="num muted", data=data)
    of = {} if line["whole"] else {"of": line["key"] or "none"}
    return node("a", text=number(count), cls="num", href=to(PATH, **view, **of) + ANCHOR, data=data)


def _share(share: Row | None, name: str) -> Node:
    """The figure with its interval as text and as a bar; what rests on few cases says so in words."""
    data = {"of": t(f"truth.{name}")}
    if share is None:
        return node("span", text=number(None), cls="share muted", title=t("truth.nothing_known"), data=data)
    few = share["of"] < FEW
    said = t("truth.interval", low=_percent(share["low"]), high=_percent(share["high"]), n=number(share["of"]))
    variables = {"--low": _percent(share["low"]), "--high": _percent(1 - share["high"]), "--at": _percent(share["value"])}
    return node(
        "span",
        figure(percent(share["value"], 1)),
        node("i", text="", cls="range", variables=variables),
        node("small", text=t("truth.few", n=number(share["of"])) if few else said),
        cls="share few" if few else "share",
        title=said,
        data=data,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
