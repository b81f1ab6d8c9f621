"""An order's clock: how it goes or went, its article, how it counts, what pauses it, and where a holiday came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.nodes import Node, node
from domain.deadlines import CLOCKS, DeadlineKind, Measure, Since
from domain.work_orders import OrderStatus
from locales import day, duration, label, t, when
from locales.times import moment_of

Row = Mapping[str, Any]


def drawn(clock: Row, order: Row, reckoning: Row | None) -> Node:
    """One legal clock: what is owed, by when and by which article, and how it went."""
    figure, tone, said = _course(clock, order)
    kids = (node("span", text=label("deadline", clock["kind"])), figure, node("small", text=said))
    lines = law(clock, reckoning, opened_at=order["opened_at"])
    return node("div", *kids, *lines, key=f"{clock['kind']} {clock['turn']}", tone=tone, data={"clock": clock["kind"]})


def ended_by_accident(clock: Row, order: Row) -> bool:
    """Whether it was owed still when the order became an accident: nobody was out in time, and nobody is any more."""
    return bool(clock["dropped_at"]) and order["status"] == OrderStatus.ACCIDENT.value and clock["dropped_at"] == order["closed_at"]


def _course(clock: Row, order: Row) -> tuple[Node, str, str]:
    """How it goes: the figure, its tone, and in words."""
    if clock["met_at"]:
        spent = (moment_of(clock["met_at"]) - moment_of(clock["started_at"])).total_seconds() - clock["paused_seconds"]
        done = t("orders.clock_late" if clock["breached_at"] else "orders.clock_met", when=when(clock["met_at"], seconds=True)[5:])
        return node("b", text=duration(spent), cls="num"), "warn" if clock["breached_at"] else "ok", done
    if clock["dropped_at"]:
        accident = ended_by_accident(clock, order)
        over = t("orders.clock_accident" if accident else "orders.clock_dropped")
        return node("b", text=t("app.none"), cls="num"), "crit" if accident else "off", over
    counted = node("b", text="", cls="num", data={"due": clock["due_at"], "started": clock["started_at"], "paused": clock["paused_at"]})
    owed = t("orders.clock_paused" if clock["paused_at"] else "orders.clock_due", when=when(clock["due_at"], seconds=True)[5:])
    return counted, "info", owed


def law(clock: Row, reckoning: Row | None, *, opened_at: str) -> list[Node]:
    """Small lines under a clock of an order opened then; `reckoning` is how a limit in working days was counted."""
    rule = CLOCKS[DeadlineKind(clock["kind"])]
    article = label("article", rule.kind.value)
    begun_later = rule.since is Since.REPORT and clock["started_at"] != opened_at  # sent elsewhere, raised, done again
    since = Since.STEP if begun_later else rule.since
    counted = [label(rule.measure), label(since), t("deadline_pauses.yes" if rule.pauses else "deadline_pauses.no")]
    lines = [node("small", text=article, cls="law", title=article), node("small", text=" · ".join(counted), cls="how")]
    if rule.measure is Measure.WORKING_DAYS and reckoning is not None:
        lines += [node("small", text=said, cls="how") for said in reckoned(reckoning)]
    return lines


def reckoned(row: Row) -> list[str]:
    """How a limit in working days was counted, holiday by holiday; holidays of one name in one sentence."""
    said = [t("deadline_reckoning.limit", days=row["working_days"]), t("deadline_reckoning.rule")]
    said += [t("deadline_reckoning.holiday", name=name, day=days) for name, days in _by_name(row["holidays"])]
    said += [t("deadline_reckoning.make_up", name=name, day=days) for name, days in _by_name(row["make_ups"])]
    if row["suspended_days"]:
        said.append(t("deadline_reckoning.waited", days=row["suspended_days"]))
    if row["presumed"]:
        said.append(t("deadline_reckoning.presumed"))
    return said


def _by_name(rows: list[Row]) -> list[tuple[str, str]]:
    """Each name with its first and last day, in their order."""
    names = dict.fromkeys(row["name"] for row in rows)
    spans = {name: [day(row["day"])[5:] for row in rows if row["name"] == name] for name in names}
    return [(name, days[0] if len(days) == 1 else f"{days[0]}—{days[-1]}") for name, days in spans.items()]
