"""How one alarm is written, wherever it stands: level word, machine, place, elapsed time, state."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from components import theme
from components.links import equipment, to
from components.nodes import Node, node
from locales import duration, label, t, when
from locales.times import moment_of

Row = Mapping[str, Any]
NO_ORDERS: Final[Row] = MappingProxyType({})


def tone(row: Row) -> str:
    """The alarm's tone; a cleared one is calm."""
    return "off" if row["cleared_at"] else theme.alarm_tone(row["level"], urgent=row["urgent"], category=row["category"])


def title(row: Row) -> str:
    """What happened; the family's word for an entrapment, the rule's for everything else."""
    words = label("rule", "entrapment" if row["family"] == "entrapment" else row["rule"])
    return f"{words} {t('feed.times', n=row['occurrences'])}" if row["occurrences"] > 1 else words


def place(row: Row, streets: Mapping[str, str]) -> str:
    """Street, site and machine."""
    street = streets.get(row["street_code"] or "", t("street.none"))
    machine = row["name"]
    site = row["site"] or ""
    parts = [street, *([site] if site and site not in machine else []), machine]
    return " · ".join(parts)


def state(row: Row) -> str:
    """Cleared, acknowledged, or waiting for somebody."""
    if row["cleared_at"]:
        return t("feed.cleared")
    return t("feed.acknowledged" if row["acknowledged_at"] else "feed.unacknowledged")


def elapsed(row: Row, tag: str = "em") -> Node:
    """The time since the device saw it, running while it is open; the absolute time stands in the title."""
    if row["cleared_at"]:
        return node(tag, text=when(row["cleared_at"])[11:], cls="num", title=when(row["cleared_at"], seconds=True))
    return node(tag, since=row["raised_at"], cls="num", title=when(row["raised_at"], seconds=True))


def length(row: Row) -> Node:
    """How long it has lasted, or lasted until it was cleared."""
    if not row["cleared_at"]:
        return elapsed(row, "span")
    seconds = (moment_of(row["cleared_at"]) - moment_of(row["raised_at"])).total_seconds()
    return node("span", text=duration(seconds), title=when(row["cleared_at"], seconds=True))


def wall_row(row: Row, streets: Mapping[str, str]) -> Node:
    """One line of the wall's feed."""
    return node(
        "a",
        node("span", text=theme.alarm_word(row["level"], urgent=row["urgent"]), cls="lv"),
        node("div", node("b", text=title(row)), node("span", text=place(row, streets)), cls="what"),
        node("div", node("span", text=state(row)), elapsed(row), cls="st"),
        key=row["id"],
        cls="al-row",
        tone=tone(row),
        href=to("/alarms", id=row["id"]),
        data={"alarm": row["id"]},
    )


def desk_row(row: Row, streets: Mapping[str, str], *, may_acknowledge: bool, orders: Row = NO_ORDERS, with_machine: bool = True) -> Node:
    """One line of the desk's list; it takes the focus, so that keys can act on it. `orders`: alarm id → its order's id and number."""
    where = " · ".join(part for part in (place(row, streets), row["address"]) if part)
    machine = node(
        "div",
        node("a", text=row["name"], cls="code", href=equipment(row["code"])),
        node("small", text=where, title=row["address"]),
        cls="where",
    )
    order = orders.get(str(row["id"]))
    href = f"/work-orders/{order[0]}" if order else ""
    to_order = [node("a", text=order[1], cls="order-mark num", href=href, title=t("nav.work_orders"))] if order else []
    name = node("a", node("b", text=title(row)), href=f"/alarms/{row['id']}")
    what = node("div", name, *to_order, node("small", text=_why(row), title=_why(row)))
    raised = node(
        "div",
        node("span", text=when(row["raised_at"], seconds=True)[5:], cls="num"),
        cls="when",
        title=when(row["raised_at"], seconds=True),
    )
    return node(
        "div",
        node("span", text=theme.alarm_word(row["level"], urgent=row["urgent"]), cls="lv"),
        what,
        *([machine] if with_machine else []),
        raised,
        node("div", length(row)),
        _act(row, may_acknowledge),
        key=row["id"],
        cls="al-item",
        tone=tone(row),
        focus=0,
        role="group",
        label=f"{theme.alarm_word(row['level'], urgent=row['urgent'])} {title(row)} {row['name']}",
        data={"alarm": row["id"], "cleared": 1 if row["cleared_at"] else 0},
    )


def _why(row: Row) -> str:
    return f"{label('level', row['level'])} · {label('source', row['source'])} · {label('response', row['reason'])}"


def _act(row: Row, may_acknowledge: bool) -> Node:
    said = node("div", node("span", text=state(row)), *_verdict(row), cls="said")
    if not row["acknowledged_at"]:
        told = row["cleared_at"] or row["verdict"] or not may_acknowledge
        return node("div", *([said] if told else []), *([_button(row, "acknowledge")] if may_acknowledge else []), cls="act")
    words = t(
        "alarms.acknowledged_by", name=row["acknowledged_by"], when=when(row["acknowledged_at"]), note=row["acknowledgement_note"] or ""
    )
    by = node("small", text=words, title=words)
    return node("div", said, by, *([_button(row, "judge")] if may_acknowledge else []), cls="act")


def _verdict(row: Row) -> list[Node]:
    """What it turned out to be, as word and shape; nothing before anybody has said so."""
    if not row["verdict"]:
        return []
    symbol = node("i", text="", cls=f"bi bi-{theme.VERDICT_ICONS[row['verdict']]}")
    return [node("span", symbol, node("span", text=label("verdict", row["verdict"])), cls="verdict", data={"verdict": row["verdict"]})]


def _button(row: Row, act: str) -> Node:
    words = t("alarms.acknowledge") if act == "acknowledge" else t("alarms.rejudge" if row["verdict"] else "alarms.judge")
    about = {"act": act, "id": row["id"], "title": f"{title(row)} · {row['name']}", "seen": row["verdict"] or ""}
    return node("button", text=words, cls="ghost", data=about)
