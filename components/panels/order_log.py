"""The log of an order: every step with who took it, where it led, and the proof it brought. Nothing is ever edited away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from components import theme
from components.nodes import Node, node, picture, text
from components.panels.order_rows import PATH
from domain.coordinates import Point
from domain.dispatch import metres_between
from domain.order_words import OurHand
from locales import catalogue, duration, label, language, number, t, when
from locales.times import moment_of

Row = Mapping[str, Any]
WORDS_OF_REASONS: Final = ("suspend", "dispatch_why", "response", "trigger", "order_reason", "close_reason")
WORDS_OF_NOTES: Final = ("system_note", "note", "notice_about", "dispatch_why")
THUMBNAIL_HEIGHT: Final = 96  # pixels
SEAT_ICONS: Final = {"called": "bell", "answered": "telephone-inbound", "dropped": "bell-slash"}


def lines(rows: Row) -> list[Node]:
    """Every step, oldest first, with the time since the one before; between them what happened at the duty seat."""
    log = rows["log"]
    before = [None, *(event["at"] for event in log[:-1])]
    drawn = [(event["at"], _line(event, earlier, rows)) for event, earlier in zip(log, before, strict=True)]
    for at, line in _at_the_seat(rows["calls"]):
        later = (place for place, (step_at, _) in enumerate(drawn) if moment_of(step_at) > moment_of(at))
        drawn.insert(next(later, len(drawn)), (at, line))
    return [line for _, line in drawn]


def reason(event: Row) -> str:
    """Why, in words: a word of ours where it is one, else what somebody wrote."""
    return _spoken(event["reason"] or "", WORDS_OF_REASONS)


def note(event: Row) -> str:
    """What somebody wrote beside the step, where the reason does not say the same; what the system notes is a word of ours."""
    said = str((event["proof"] or {}).get("note") or "")
    if said == (event["reason"] or ""):
        return ""
    return _spoken(said, WORDS_OF_NOTES) if event["hand"] == "system" else said


def evidence(event: Row, rows: Row) -> list[str]:
    """What else the step brought, in words."""
    return [words for _, _, words in _said(event["proof"] or {}, rows)]


def by(event: Row) -> str:
    """Who took the step: the person and the unit or role, or the system."""
    role = label("hand" if event["hand"] in set(OurHand) else "role", event["hand"])
    return " · ".join(part for part in (event["actor"], event["unit"] or role) if part)


def _at_the_seat(calls: Sequence[Row]) -> Iterator[tuple[str, Node]]:
    """Each call as it rang, and who answered it after how long, or that the order ended first. That nobody answers is a step of the log."""
    for call in calls:
        yield call["called_at"], _seat_line(call, "called", call["called_at"])
        for name in ("answered", "dropped"):
            at = call[f"{name}_at"]
            if at:
                yield at, _seat_line(call, name, at)


def _seat_line(call: Row, name: str, at: str) -> Node:
    lasted = duration((moment_of(at) - moment_of(call["called_at"])).total_seconds())
    said = t(f"orders.seat_{name}", turn=call["turn"], name=call["answered_by"] or "", after=lasted)
    return node(
        "div",
        _moment(at, ""),
        node("i", text="", cls=f"bi bi-{SEAT_ICONS[name]}"),
        node("div", node("div", node("b", text=said), node("span", text=t("orders.seat"), cls="by"), cls="line"), cls="said"),
        key=f"seat {call['turn']} {name}",
        cls="log-line",
        data={"hand": "system", "seat": name},
    )


def _moment(at: str, lasted: str) -> Node:
    return node(
        "div",
        node("b", text=when(at, seconds=True)[11:], cls="num"),
        node("small", text=when(at)[:10], cls="num"),
        node("small", text=lasted, cls="num"),
        cls="at",
    )


def _line(event: Row, earlier: str | None, rows: Row) -> Node:
    moved = event["from_status"] != event["to_status"]
    lasted = (moment_of(event["at"]) - moment_of(earlier)).total_seconds() if earlier else None
    led = [node("span", text=label("order_status", event["to_status"]), cls="led", tone="info")] if moved else []
    why = reason(event)
    return node(
        "div",
        _moment(event["at"], f"+{duration(lasted)}" if lasted is not None else ""),
        node("i", text="", cls=f"bi bi-{theme.STEP_ICONS.get(event['action'], 'dot')}"),
        node(
            "div",
            node("div", node("b", text=label("step", event["action"])), *led, node("span", text=by(event), cls="by"), cls="line"),
            *([node("p", text=why)] if why else []),
            *([node("p", text=written, cls="note")] if (written := note(event)) else []),
            *_proof(event["proof"] or {}, rows),
            *_photos(event, rows),
            cls="said",
        ),
        key=event["seq"],
        cls="log-line",
        data={"hand": event["hand"]},
    )


def _proof(proof: Row, rows: Row) -> list[Node]:
    said = [
        node("span", node("i", text="", cls=f"bi bi-{symbol}"), text(words), cls="proof", key=name)
        for name, symbol, words in _said(proof, rows)
    ]
    weighed = [_weighed(proof["weighed"])] if proof.get("weighed") else []
    return [*([node("div", *said, cls="proofs")] if said else []), *weighed]


def photos(rows: Row, seq: int | None = None) -> list[Node]:
    """The photos of an order, or of one step of it, as small pictures."""
    order = rows["order"]["id"]
    return [
        picture(f"{PATH}/{order}/photos/{row['number']}?small=1", t("orders.photo", n=row["number"]), size=_small(row))
        for row in rows["photos"]
        if seq is None or row["seq"] == seq
    ]


def _photos(event: Row, rows: Row) -> list[Node]:
    """The photos of one step, each of which opens large."""
    drawn = [
        node("a", small, cls="photo", href=str(small["src"]).partition("?")[0], label=str(small["alt"]), key=small["src"])
        for small in photos(rows, event["seq"])
    ]
    return [node("div", *drawn, cls="photos")] if drawn else []


def _small(row: Row) -> tuple[int, int]:
    """The thumbnail's size in pixels: THUMBNAIL_HEIGHT high."""
    return max(round(row["width"] * THUMBNAIL_HEIGHT / row["height"]), 1), THUMBNAIL_HEIGHT


def _said(proof: Row, rows: Row) -> list[tuple[str, str, str]]:
    """What a proof holds: name, icon and words."""
    told = [(name, symbol, say(proof[name], rows)) for name, symbol, say in SAID if proof.get(name) is not None]
    return [each for each in told if each[2]]


def _spoken(said: str, groups: tuple[str, ...]) -> str:
    """The word of the first group that has one for what was said; else what was said."""
    known = catalogue(language())
    return next((known[key] for group in groups if (key := f"{group}.{said}") in known), said)


def _named(what: str) -> Callable[[Any, Row], str]:
    return lambda value, rows: str(rows["names"].get(f"{what}:{value}", f"#{value}"))


def _position(value: Any, rows: Row) -> str:
    lng, lat = value
    order = rows["order"]
    there = None if order["lng"] is None else Point(order["lng"], order["lat"])
    metres = metres_between(Point(lng, lat), there)
    where = f"{lat:.5f}, {lng:.5f}"
    return where if metres is None else t("orders.position_away", where=where, metres=number(metres))


SAID: Final[tuple[tuple[str, str, Callable[[Any, Row], str]], ...]] = (
    ("scan", "qr-code", lambda value, _: str(value)),
    ("position", "geo-alt", _position),
    ("photos", "camera", lambda value, _: t("orders.photos", n=len(value))),
    ("unit", "building", _named("unit")),
    ("team", "people", _named("team")),
    ("assignee", "person", _named("person")),
    ("master", "link-45deg", _named("order")),
    ("level", "graph-up-arrow", lambda value, _: label("level", str(value))),
    ("rating", "star-fill", lambda value, _: "★" * int(value)),
)
"""Part of a proof, icon, and how it is said."""


def _weighed(weighed: list[Row]) -> Node:
    """Who was weighed when a team was sent, and what spoke against the others."""
    lines = [
        node(
            "li",
            text(str(one["name"]), "b"),
            text(t("orders.metres", n=number(one["metres"])) if one.get("metres") is not None else t("orders.no_place"), cls="num"),
            text("、".join(label("dispatch_against", word) for word in one.get("against", ())) or t("orders.eligible"), cls="against"),
            key=one["team"],
        )
        for one in weighed
    ]
    return node("ul", *lines, cls="weighed")
