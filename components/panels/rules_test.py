"""Back-tests of a threshold: what it would have raised over stored history, rule by rule and machine by machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from dash import html

from components import ids
from components.layout import leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, bar, node, nodes, text
from components.panels.rules import PATH, amount
from domain.thresholds import THRESHOLDS
from locales import label, number, t, when
from locales.times import moment_of

NAME = "rule-tests"
LOST: Final = timedelta(minutes=2)  # a running test that gave no sign of life for so long has lost its program
TONES: Final = {"added": "warn", "removed": "ok", "moved": "info"}
Row = Mapping[str, Any]


def frame(query: Mapping[str, str], *, may_change: bool) -> html.Section:
    """The chosen test above, the others below."""
    stop = html.Button(t("rules.stop"), id=ids.RULE_STOP, className="ghost", n_clicks=0)
    body = [leaf_of(NAME, "chosen", "test-chosen"), *([stop] if may_change else []), leaf_of(NAME, "tests", "test-list")]
    return panel(NAME, *body, symbol="rewind", cls="rules-tests", follow=query)


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: the tests of a threshold, newest first, and the chosen one."""
    chosen = rows["chosen"]
    if chosen is None and not rows["tests"]:
        return {"chosen": nodes([]), "tests": nodes([]), "sub": "", "@empty": t("rules.no_tests")}
    running = chosen is not None and state_of(chosen, at) == "running"
    return {
        "chosen": nodes(_chosen(chosen, rows, at) if chosen else []),
        "tests": nodes([_line(one, chosen, at) for one in rows["tests"]]),
        "stop": {"props": {"disabled": not running, "hidden": not running}},
        "sub": t("rules.tests_sub"),
    }


def state_of(test: Row, at: datetime) -> str:
    """The test's state; a running one whose program was lost is `failed`."""
    lost = test["state"] == "running" and at - moment_of(test["heard_at"]) > LOST
    return "failed" if lost else str(test["state"])


def _chosen(test: Row, rows: Row, at: datetime) -> list[Node]:
    state, unit = state_of(test, at), _unit(test)
    done = test["machines_done"] / test["machines"] if test["machines"] else 0.0
    where = "、".join(rows["streets"].get(code, code) for code in test["streets"]) or t("rules.all_streets")
    vendor = rows["vendors"].get(test["vendor"], test["vendor"]) or t("rules.all_vendors")
    facts = " · ".join([label("kind", test["kind"]), where, vendor, f"{when(test['since'])} – {when(test['until'])}"])
    head = node(
        "div",
        node("b", text=t(f"threshold.{test['key']}")),
        node("em", text=f"{amount(test['present'], unit)} → {amount(test['trial'], unit)}", cls="num"),
        node(
            "span", text=t(f"test_state.{state}"), cls="chip", tone={"done": "ok", "failed": "crit", "running": "info"}.get(state, "warn")
        ),
        text(facts, "small"),
        key="head",
        cls="test-head",
    )
    counts = t("rules.progress", done=number(test["machines_done"]), machines=number(test["machines"]), readings=number(test["readings"]))
    progress = node("div", bar(1.0 if state == "done" else done), text(counts, "small"), key="progress", cls="test-progress")
    result = test["result"]
    return [head, progress, *([_rules(result), *_listed(result, rows)] if result else [])]


def _rules(result: Row) -> Node:
    """How many alarms each rule raised, and would have."""
    names = ("rule", "present", "trial", "added", "removed", "moved")
    titles = node("div", *(text(t(f"rules.count_{name}"), "small") for name in names), cls="test-row titles", key="titles")
    lines = [
        node(
            "div",
            node("span", text=label("rule", row["rule"])),
            *(node("span", text=number(row[name]), cls="num", tone=TONES.get(name) if row[name] else None) for name in names[1:]),
            key=row["rule"],
            cls="test-row",
        )
        for row in result["rules"]
    ]
    return node("div", titles, *(lines or [text(t("rules.no_alarms"), "p", "keys-note")]), key="rules", cls="test-rules")


def _listed(result: Row, rows: Row) -> list[Node]:
    """The alarms that differ, each with its machine and, where it was really raised, its film."""
    lines = [_difference(one, place) for place, one in enumerate(result["listed"])]
    left = result["differences"] - len(lines)
    more = [text(t("rules.more", n=number(left)), "p", "keys-note")] if left > 0 else []
    return [node("div", *lines, *more, key="listed", cls="test-differences")] if lines else []


def _difference(one: Row, place: int) -> Node:
    moments = " → ".join(when(side["raised_at"], seconds=True)[5:] for side in (one["present"], one["trial"]) if side)
    film = [node("a", text=t("rules.film"), href=f"/alarms/{one['alarm']}")] if one["alarm"] else []
    return node(
        "div",
        node("span", text=label("change", one["change"]), cls="chip", tone=TONES[one["change"]]),
        node("span", text=label("rule", one["rule"])),
        node("a", text=one["name"], href=equipment(one["code"])),
        node("span", text=moments, cls="num"),
        *film,
        key=place,
        cls="test-difference",
        data={"change": one["change"]},
    )


def _line(test: Row, chosen: Row | None, at: datetime) -> Node:
    unit = _unit(test)
    found = t("rules.differences", n=number(test["result"]["differences"])) if test["result"] else t(f"test_state.{state_of(test, at)}")
    return node(
        "a",
        node("b", text=f"{amount(test['present'], unit)} → {amount(test['trial'], unit)}", cls="num"),
        text(label("kind", test["kind"])),
        text(found),
        text(f"{when(test['started_at'])} {test['started_by']}", "small", "num"),
        key=test["id"],
        cls="test-line turn",
        href=to(PATH, key=test["key"], test=test["id"]),
        current="true" if chosen and chosen["id"] == test["id"] else "false",
    )


def _unit(test: Row) -> str:
    threshold = THRESHOLDS.get(test["key"])
    return threshold.unit if threshold else ""
