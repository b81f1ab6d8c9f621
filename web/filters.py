"""What an address asks for: the words of a query string as the filters of queries; unknown words limit nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from data_access.alarm_conditions import UNKNOWN_VENDOR, AlarmFilter
from data_access.conditions import NO_STREET, Filter, Overdue, midnight
from data_access.order_conditions import OrderFilter
from data_access.queries.equipment import Sort
from domain.equipment.kind import Category
from domain.order_words import Step
from domain.telemetry import BEIJING
from domain.truth import STALE, Nature
from services.truth import Basis, By, View

Query = Mapping[str, Any]

WITHOUT_STREET: Final = "none"  # 未定街镇 in an address
WITHOUT_VENDOR: Final = "none"
MOST_DAYS: Final = 400  # of a period
USUAL_DAYS: Final = 30
HOUR: Final = "%Y-%m-%dT%H"
CENTURY: Final = range(2000, 2100)
LARGEST_ID: Final = 2**31 - 1
LARGEST_ALARM: Final = 2**63 - 1
TABS: Final = ("open", "mine", "unassigned", "overdue", "circling", "all")
"""The tabs of the work orders' page; the first is where it opens."""
MOST_PAGES: Final = 1000
NO_ORDER: Final = 0  # an address that names an order by nonsense finds none, not all
NO_ALARM: Final = 0  # an address that names an alarm by nonsense finds none, not all
NO_OUTAGE: Final = 0
NO_MACHINE: Final = 0  # nor does one that names a machine so
LONGEST_AGO: Final = 24 * 365  # hours
OLDEST: Final = 200  # years; nothing older is in any register
_STEPS: Final = frozenset(step.value for step in Step)
_OVERDUE: Final = frozenset(word.value for word in Overdue)
SAFETY: Final = tuple(category.value for category in Category if category is not Category.PRESENCE)


def equipment_filter(query: Query) -> Filter:
    """Which machines `/equipment?…` and `/map?…` ask for; several words of one name are separated by commas."""
    return Filter(
        kinds=_words(query, "kind"),
        streets=_streets(query),
        place_kinds=_words(query, "place"),
        statuses=_words(query, "status"),
        presences=_words(query, "presence"),
        overdue=tuple(word for word in _words(query, "overdue") if word in _OVERDUE),
        vendors=_words(query, "vendor"),
        maintainers=tuple(int(word) for word in _words(query, "maintainer") if _is_number(word, LARGEST_ID)),
        residential=_flag(query, "residential"),
        add_on=_flag(query, "add_on"),
        fitted=_flag(query, "fitted"),
        since_years=_years(query, "since"),
        before_years=_years(query, "before"),
        age_known=False if query.get("age") == "unknown" else None,
        outages=tuple(int(word) if _is_number(word, LARGEST_ALARM) else NO_OUTAGE for word in _words(query, "outage")),
        text=str(query.get("q", "")).replace("\0", ""),
    )


def equipment_sort(query: Query) -> Sort:
    """By which column, and whether downwards: `sort=-sampled_at`."""
    word = str(query.get("sort", "name"))
    return word.removeprefix("-"), word.startswith("-")


def alarm_filter(query: Query, *, at: datetime) -> AlarmFilter:
    """Which alarms `/alarms?…` asks for; `day=today` begins at midnight in Shanghai, `since=24h` that long ago, `detected=30d` at the
    beginning of a period of that many days, `safety=1` leaves out the monitors' own.
    """
    hour = _hour(query)
    nature = _words(query, "nature")
    return AlarmFilter(
        ids=tuple(int(word) if _is_number(word, LARGEST_ALARM) else NO_ALARM for word in _words(query, "id")),
        machines=tuple(int(word) if _is_number(word, LARGEST_ID) else NO_MACHINE for word in _words(query, "machine")),
        open_only=_flag(query, "open") is True,
        acknowledged=_flag(query, "acknowledged"),
        families=_words(query, "family"),
        rules=_words(query, "rule"),
        categories=_words(query, "category") or (SAFETY if _flag(query, "safety") else ()),
        levels=_words(query, "level"),
        kinds=_words(query, "kind"),
        streets=_streets(query),
        vendors=tuple(UNKNOWN_VENDOR if word == WITHOUT_VENDOR else word for word in _words(query, "vendor")),
        verdicts=_words(query, "verdict"),
        since=_since(query, at),
        detected_since=hour or detected_since(query, at=at),
        detected_before=hour and hour + timedelta(hours=1),
        open_since_before=at - STALE if Nature.STALE in nature else None,
        fleeting=Nature.FLEETING in nature,
        chattering=Nature.CHATTERING in nature,
        explained=_flag(query, "explained"),
    )


def order_filter(query: Query, *, at: datetime) -> OrderFilter:
    """Which orders `/work-orders?…` asks for: `tab` is one of TABS, drills are shown by `drill=1` alone."""
    tab = str(query.get("tab", ""))
    tab = tab if tab in TABS else TABS[0]
    words = {name: _words(query, name) for name in ("id", "alarm", "group", "unit", "assignee")}
    numbers = {name: tuple(int(word) if _is_number(word, LARGEST_ALARM) else NO_ORDER for word in said) for name, said in words.items()}
    named = words["id"] or words["alarm"]
    return OrderFilter(
        ids=numbers["id"],
        alarms=numbers["alarm"],
        groups=numbers["group"],
        units=numbers["unit"],
        assignees=numbers["assignee"],
        kinds=_words(query, "kind"),
        statuses=_words(query, "status"),
        levels=_words(query, "level"),
        causes=_words(query, "cause"),
        streets=_streets(query),
        machines=_words(query, "machine"),
        open=None if tab in ("all", "mine") or named else True,  # a copy to be read may be of an order that is over
        urgent=_flag(query, "urgent"),
        suspended=_flag(query, "suspended"),
        drill=_flag(query, "drill") is True,
        mine=tab == "mine",
        unassigned=tab == "unassigned",
        overdue=tab == "overdue",
        circling=tab == "circling",
        reached=tuple(word for word in _words(query, "reached") if word in _STEPS),
        merged=None if tab == "mine" or named else False,
        since=_since(query, at),
        text=str(query.get("q", "")).replace("\0", ""),
    )


def order_number(word: str) -> int:
    """The order that an address names; 0, which no order has, for anything else."""
    return int(word) if _is_number(word, LARGEST_ALARM) else 0


def order_page_number(query: Query) -> int:
    """Which page of the orders' list, from 1."""
    word = str(query.get("page", ""))
    return max(int(word), 1) if _is_number(word, MOST_PAGES) else 1


def detected_since(query: Query, *, at: datetime) -> datetime | None:
    """When the period `detected=30d` began: at midnight in Shanghai, today being one of its days; None where none is named."""
    days = str(query.get("detected", "")).removesuffix("d")
    return midnight(at) - timedelta(days=int(days) - 1) if _is_number(days, MOST_DAYS) and int(days) > 0 else None


def truth_view(query: Query) -> View:
    """What `/truth?…` asks for; unknown words ask for the usual: 30 days, by rule, by people's verdicts."""
    days = str(query.get("days", ""))
    return View(
        days=int(days) if _is_number(days, MOST_DAYS) and int(days) > 0 else USUAL_DAYS,
        by=next((by for by in By if by == query.get("by")), By.RULE),
        basis=next((basis for basis in Basis if basis == query.get("basis")), Basis.VERDICTS),
    )


def truth_words(view: View) -> dict[str, str]:
    """The words of the alarm list for the alarms a view is about: those of its period, without the monitors' own."""
    return {"detected": f"{view.days}d", "safety": "1"}


def said_moment(text: str, *, at: datetime) -> datetime | None:
    """A time as people write it, in Shanghai: "2026-11-20 14:05", or "14:05" of today; None for anything else."""
    said = unicodedata.normalize("NFKC", text).strip().replace("/", "-").replace("T", " ")
    if re.fullmatch(r"\d{1,2}:\d{2}", said, re.ASCII):
        said = f"{midnight(at):%Y-%m-%d} {said}"
    try:
        return datetime.strptime(said, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _hour(query: Query) -> datetime | None:
    """The hour of `hour=2026-11-20T06`, by UTC."""
    try:
        hour = datetime.strptime(str(query.get("hour", "")), HOUR).replace(tzinfo=UTC)
    except ValueError:
        return None
    return hour if hour.year in CENTURY else None


def _since(query: Query, at: datetime) -> datetime | None:
    """The later of the two moments an address may name."""
    hours = str(query.get("since", ""))
    moments = [midnight(at)] if query.get("day") == "today" else []
    if hours.endswith("h") and _is_number(hours[:-1], LONGEST_AGO):
        moments.append(at - timedelta(hours=int(hours[:-1])))
    return max(moments, default=None)


def _words(query: Query, name: str) -> tuple[str, ...]:
    said = str(query.get(name, "")).replace("\0", "")  # PostgreSQL takes no NUL in a text
    return tuple(word.strip() for word in said.split(",") if word.strip())


def _streets(query: Query) -> tuple[str, ...]:
    return tuple(NO_STREET if word == WITHOUT_STREET else word for word in _words(query, "street"))


def _flag(query: Query, name: str) -> bool | None:
    return {"1": True, "yes": True, "0": False, "no": False}.get(str(query.get(name, "")).lower())


def _years(query: Query, name: str) -> int | None:
    word = str(query.get(name, ""))
    return int(word) if _is_number(word, OLDEST) else None


def _is_number(word: str, largest: int) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= len(str(largest)) and int(word) <= largest
