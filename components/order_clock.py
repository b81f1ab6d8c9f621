"""What the law says of an order's clock: its article, how it counts, what pauses it, and where a holiday came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.nodes import Node, node
from domain.deadlines import CLOCKS, DeadlineKind, Measure
from locales import day, label, t

Row = Mapping[str, Any]


def law(clock: Row, reckoning: Row | None) -> list[Node]:
    """Small lines under a clock; `reckoning` is how a limit in working days was counted."""
    rule = CLOCKS[DeadlineKind(clock["kind"])]
    article = label("article", rule.kind.value)
    counted = [label(rule.measure), label(rule.since), t("deadline_pauses.yes" if rule.pauses else "deadline_pauses.no")]
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
