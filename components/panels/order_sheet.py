"""The order on one sheet of A4: seen on paper alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from components import order_clock
from components.nodes import Node, node, text
from components.panels import order_log, order_people, order_rows
from locales import duration, label, number, t, when
from locales.times import moment_of

Row = Mapping[str, Any]
SIGNERS: Final = ("use_unit", "maintenance_unit", "regulator")
MOST_CLOCKS: Final = 8
MOST_PHOTOS: Final = 6
MOST_WORDS: Final = 90  # characters of what one step said
PAGE_MM: Final = 273.0  # A4 between margins of 12 mm
FRAME_MM: Final = 58.0  # title, heads of clocks and log, places for signatures, foot
FACT_MM, FACT_LINE_MM, FACT_CHARACTERS = 2.2, 4.8, 19
ROW_MM, LINE_MM = 1.6, 4.2  # beside its lines; 70-orders.css sets the same
HEAD_MM: Final = 9.0
PHOTOS_MM: Final = 21.0
ARTICLE_CHARACTERS: Final = 33  # of a line in its column, a Chinese character being one
COUNTED_CHARACTERS: Final = 62
SAID_CHARACTERS: Final = 24
BY_CHARACTERS: Final = 15
TASK_CHARACTERS: Final = (11, 5, 10)  # of its three columns
LATIN_WIDTH: Final = 0.45  # of a Chinese character, in the digits' narrow face


def sheet(rows: Row, *, at: datetime) -> list[Node]:
    """Title, facts, clocks, the plan, photos, log, and the places for signatures.

    One page for what is usual: the log gives way, and says how many of its steps are left to the platform. Nothing is cut off:
    what a page cannot hold goes on to the next.
    """
    facts, clocks, tasks = _facts(rows), _clocks(rows), [_task(row) for row in rows["tasks"]]
    counted, pictures = _counted(clocks), order_log.photos(rows)
    room_mm = PAGE_MM - FRAME_MM - _facts_mm(facts) - sum(map(_clock_mm, clocks))
    room_mm -= sum(LINE_MM * _lines(said, COUNTED_CHARACTERS) for said in counted)
    room_mm -= HEAD_MM + _tasks_mm(tasks) if tasks else 0
    room_mm -= HEAD_MM + PHOTOS_MM if pictures else 0
    owed = [*map(_clock, clocks), *_more("orders.sheet_clocks", len(rows["clocks"]) - len(clocks))]
    return [
        node("div", node("b", text=t("orders.sheet")), text(rows["order"]["number"], cls="num"), cls="sheet-title", key="title"),
        node("dl", *(node("div", text(t(key), "dt"), text(said, "dd"), key=key) for key, said in facts), cls="facts", key="facts"),
        *_part("clocks", owed, cls="rows clocks"),
        node("div", *(text(said, "p") for said in counted), cls="counted", key="counted"),
        *_part("tasks", [node("div", *map(text, task)) for task in tasks], cls="rows tasks"),
        *_part("photos", [*pictures[:MOST_PHOTOS], *_more("orders.sheet_photos", len(pictures) - MOST_PHOTOS)]),
        *_part("log", _log(rows, room_mm), cls="rows log"),
        node("div", *(node("span", text=t(f"orders.sign_{name}")) for name in SIGNERS), cls="signs", key="signs"),
        node("small", text=t("orders.printed", when=when(at, seconds=True)), cls="foot", key="foot"),
    ]


def _part(name: str, kids: list[Node], *, cls: str = "") -> list[Node]:
    """A head and what stands under it, where there is anything."""
    if not kids:
        return []
    return [node("h3", text=t(f"orders.part_{name}"), key=f"{name}-head"), node("div", *kids, cls=cls or name, key=name)]


def _more(key: str, left: int) -> list[Node]:
    return [node("div", text(t(key, n=number(left))), key="more", cls="more")] if left > 0 else []


def _lines(said: str, characters: int) -> int:
    """How many lines a text takes where one holds so many Chinese characters; others are less than half as wide."""
    return max(ceil(sum(1.0 if ord(each) > 0x2E7F else LATIN_WIDTH for each in said) / characters), 1)


def _facts(rows: Row) -> tuple[tuple[str, str], ...]:
    order = rows["order"]
    machine = f"{order['name']} {order['code']}" if order["code"] else t("orders.no_machine")
    return (
        ("orders.kind", order_rows.title(order)),
        ("orders.status", label("order_status", order["status"])),
        ("filter.level", label("level", order["level"])),
        ("orders.occurred", when(order["occurred_at"], seconds=True)),
        ("orders.machine", machine),
        (
            "orders.place",
            " ".join(part for part in (rows["streets"].get(order["street_code"] or ""), order["site"], order["address"]) if part),
        ),
        ("orders.use_unit", order["use_unit"] or t("app.none")),
        ("orders.holder", order_rows.holder(order)),
        ("orders.part_sources", "；".join(_source(row) for row in rows["sources"][:3]) or t("app.none")),
    )


def _facts_mm(facts: tuple[tuple[str, str], ...]) -> float:
    """They stand in two columns."""
    pairs = (facts[first : first + 2] for first in range(0, len(facts), 2))
    return sum(FACT_MM + FACT_LINE_MM * max(_lines(said, FACT_CHARACTERS) for _, said in pair) for pair in pairs)


def _source(row: Row) -> str:
    return " ".join(part for part in (label("way", row["channel"]), order_people.source_word(row["source"]), row["reporter"]) if part)


@dataclass(frozen=True, slots=True)
class _Clock:
    """A clock on paper: its columns, of which the last is its article, and how it counts."""

    key: str
    columns: tuple[str, str, str, str, str]
    counted: str


def _clocks(rows: Row) -> list[_Clock]:
    """The newest clocks."""
    reckoned = {(row["kind"], row["turn"]): row for row in rows["reckonings"]}
    order = rows["order"]
    return [_clock_of(clock, order, reckoned.get((clock["kind"], clock["turn"]))) for clock in rows["clocks"][-MOST_CLOCKS:]]


def _clock_of(clock: Row, order: Row, reckoning: Row | None) -> _Clock:
    ended = clock["met_at"]
    spent = duration((moment_of(ended) - moment_of(clock["started_at"])).total_seconds() - clock["paused_seconds"]) if ended else ""
    over = "accident" if order_clock.ended_by_accident(clock, order) else "dropped" if clock["dropped_at"] else "open"
    how = "late" if clock["breached_at"] else "met" if ended else over
    article, *counted = (str(line["text"]) for line in order_clock.law(clock, reckoning, opened_at=order["opened_at"]))
    stood = [t("orders.sheet_stood", time=duration(clock["paused_seconds"]))] if clock["paused_seconds"] else []
    stands = [t("orders.clock_paused", when=when(clock["paused_at"], seconds=True)[5:])] if clock["paused_at"] else []
    columns = (label("deadline", clock["kind"]), when(clock["due_at"], seconds=True)[5:], t(f"orders.sheet_{how}"), spent, article)
    return _Clock(f"{clock['kind']} {clock['turn']}", columns, "；".join([*counted, *stood, *stands]))


def _counted(clocks: list[_Clock]) -> list[str]:
    """How the clocks count: from when, what pauses them, where a holiday came in; those that count alike in one sentence."""
    alike: dict[str, list[str]] = {}
    for clock in clocks:
        alike.setdefault(clock.counted, []).append(clock.columns[0])
    return [f"{'、'.join(dict.fromkeys(names))}：{counted}" for counted, names in alike.items()]


def _clock(clock: _Clock) -> Node:
    return node("div", *map(text, clock.columns), key=clock.key)


def _clock_mm(clock: _Clock) -> float:
    return ROW_MM + LINE_MM * _lines(clock.columns[-1], ARTICLE_CHARACTERS)


def _task(row: Row) -> tuple[str, str, str]:
    """A task of the plan: whose it is, by when, and what became of it."""
    if row["done_at"]:
        state = t("orders.task_done", name=row["done_by"] or "", when=when(row["done_at"], seconds=True)[11:])
    else:
        state = t("orders.task_dropped") if row["dropped_at"] else t("orders.clock_due", when=when(row["due_at"], seconds=True)[11:])
    late = f" {t('orders.task_breached')}" if row["breached_at"] else ""
    return label("plan_task", row["task"]), label("role", row["owner"]), state + late


def _tasks_mm(tasks: list[tuple[str, str, str]]) -> float:
    """They stand in two columns."""
    lines = [max(map(_lines, task, TASK_CHARACTERS)) for task in tasks]
    return sum(ROW_MM + LINE_MM * max(lines[first : first + 2]) for first in range(0, len(lines), 2))


def _log(rows: Row, room_mm: float) -> list[Node]:
    """The first step and as many of the newest ones as there is room for; how many the whole log has is said."""
    log = rows["log"]
    steps = [_step(event, rows) for event in log]
    heights = [_step_mm(step) for step in steps]
    if sum(heights) <= room_mm:
        return [_step_node(step) for step in steps]
    left, kept = room_mm - heights[0] - LINE_MM - ROW_MM, len(steps)
    while kept > 2 and heights[kept - 1] <= left:
        kept -= 1
        left -= heights[kept]
    kept = min(kept, len(steps) - 1)  # the newest step is always there
    more = node("div", text(t("orders.sheet_more", n=number(len(steps)), left=number(kept - 1))), key="more", cls="more")
    return [_step_node(steps[0]), more, *map(_step_node, steps[kept:])]


@dataclass(frozen=True, slots=True)
class _Step:
    seq: int
    columns: tuple[str, str, str, str]


def _step(event: Row, rows: Row) -> _Step:
    said = " ".join(part for part in (order_log.reason(event), order_log.note(event), *order_log.evidence(event, rows)) if part)
    short = said if len(said) <= MOST_WORDS else f"{said[:MOST_WORDS]}…"
    return _Step(event["seq"], (when(event["at"], seconds=True)[5:], label("step", event["action"]), order_log.by(event), short))


def _step_node(step: _Step) -> Node:
    return node("div", *map(text, step.columns), key=step.seq)


def _step_mm(step: _Step) -> float:
    return ROW_MM + LINE_MM * max(_lines(step.columns[2], BY_CHARACTERS), _lines(step.columns[3], SAID_CHARACTERS))
