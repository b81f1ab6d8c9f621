"""Refused messages: found by vendor, reason, time and state, looked into, and asked to be tried again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import chips, dialogs, ids
from components.layout import fold, icon, leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, node, nodes, text
from components.shell import Reader, export_link
from domain.quarantine import ReplayState
from locales import ago, label, number, t, when

NAME = "quarantine"
MESSAGE = "quarantine-message"
PATH = "/quarantine"
PAGE: Final = 40
COUNTED: Final = 10_000
SPANS: Final = ("1h", "24h", "168h")
NAMES: Final = ("vendor", "reason", "state", "since", "until", "q", "id", "before")
STATE_TONES: Final = {"kept": "none", "requested": "info", "accepted": "ok", "refused": "warn"}

Row = Mapping[str, Any]


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """Filters at the left, messages at the right."""
    tools = html.Div([leaf_of(NAME, "all", "q-all"), *export_link(reader, "/export/quarantine.csv")], className="q-tools")
    listed = html.Div([_search(params.get("q", "")), tools, leaf_of(NAME, "rows", "q-rows"), leaf_of(NAME, "pager", "pager")])
    body = [html.Div([fold(leaf_of(NAME, "filters", "filters"))], className="pn-side"), listed]
    return panel(NAME, html.Div(body, className="alarms-page"), symbol="shield-exclamation", follow=params, hint=t("quarantine.hint"))


def frame_message(params: Mapping[str, str]) -> html.Section:
    """The message that the address names; unseen while it names none."""
    return panel(
        MESSAGE, leaf_of(MESSAGE, "facts", "q-facts"), leaf_of(MESSAGE, "payload", "q-payload"), symbol="file-earmark-code", follow=params
    )


def dialog() -> list[Component]:
    """Why something is to be tried again: a replay changes data, so it leaves a trace."""
    what, why = html.P(id=ids.REPLAY_WHAT), dialogs.note(ids.REPLAY_WHY, t("quarantine.why"), rows=3, placeholder=t("quarantine.why_hint"))
    box = dialogs.dialog(
        ids.REPLAY,
        t("quarantine.replay_title"),
        what,
        *why,
        problem=ids.REPLAY_PROBLEM,
        confirm=ids.REPLAY_CONFIRM,
        words=t("quarantine.replay_confirm"),
    )
    return [box, *(dcc.Store(id=name) for name in (ids.REPLAY_CHOSEN, ids.REPLAY_RESULT, ids.REPLAY_DONE))]


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: messages (one more than a page when there is another), how many the filter finds, counts, vendors' titles, params."""
    params, shown = rows["params"], rows["rows"][:PAGE]
    lines = [_line(row, params, at, may_replay=rows["may_replay"]) for row in shown]
    if not lines:
        lines = [node("p", text=t("state.no_match" if params else "quality.none"), cls="keys-note", key="none")]
    return {
        "filters": nodes(_filters(rows)),
        "all": nodes(_all(rows)),
        "rows": nodes(lines),
        "pager": nodes(_pager(params, shown, more=len(rows["rows"]) > PAGE)),
        "sub": t("quarantine.sub", n=_bounded(rows["count"])),
    }


def update_message(row: Row | None, *, at: datetime) -> Leaves:
    """`row`: one message with the beginning of its payload."""
    if row is None:
        return {"facts": nodes([]), "payload": "", "@empty": t("quarantine.choose")}
    facts = [
        ("number", f"#{row['id']}"),
        ("received", f"{when(row['received_at'], seconds=True)} · {ago(row['received_at'], at)}"),
        ("vendor", row["title"]),
        ("reason", label("reject", row["reason"])),
        ("detail", row["detail"] or t("app.none")),
        ("topic", row["topic"]),
        ("size", number(row["size"], 0, "B")),
        ("state", _said(row)),
    ]
    pairs = [part for name, words in facts for part in (node("dt", text=t(f"quarantine.{name}")), node("dd", text=words))]
    machine = [node("a", text=t("quarantine.machine"), cls="ghost", href=equipment(row["code"]))] if row["code"] else []
    download = node("a", text=t("quarantine.download"), cls="ghost", href=f"/data/quarantine/{row['id']}")
    note = [] if row["replayable"] else [node("p", text=_why_not(row), cls="keys-note wrap")]
    return {
        "facts": nodes([node("dl", *pairs, cls="pairs"), *note, node("div", download, *machine, cls="row-start")]),
        "payload": row["payload"] or t("quarantine.nothing_kept"),
        "sub": t("quarantine.shown", n=number(min(row["size"], len(row["payload"].encode()))), of=number(row["size"])),
    }


def _search(said: str) -> html.Div:
    field = dcc.Input(id=ids.REPLAY_SEARCH, type="search", value=said, placeholder=t("quarantine.search"), maxLength=80, autoComplete="off")
    return html.Div(
        [icon("search"), html.Label(t("quarantine.search"), htmlFor=ids.REPLAY_SEARCH, className="sr-only"), field], className="search-row"
    )


def _filters(rows: Mapping[str, Any]) -> list[Node]:
    params = rows["params"]
    by_vendor, by_reason = _summed(rows["tallies"], "vendor"), _summed(rows["tallies"], "reason")
    vendors = [(name, title) for name, title in rows["vendors"].items() if by_vendor.get(name)]
    reasons = [(reason, label("reject", reason)) for reason in by_reason]
    given = {name: f"“{params[name]}”" for name in ("q", "until") if params.get(name)}
    return [
        *chips.active(PATH, {name: value for name, value in params.items() if name not in ("id", "before")}, given),
        chips.group(PATH, params, "since", t("quarantine.period"), [(span, t(f"alarms.since_{span}")) for span in SPANS]),
        chips.group(PATH, params, "vendor", t("quarantine.vendor"), vendors, counts=by_vendor),
        chips.group(PATH, params, "reason", t("quarantine.reason"), reasons, counts=by_reason),
        chips.group(
            PATH, params, "state", t("quarantine.state"), [(s.value, label("quarantine_state", s)) for s in ReplayState], tones=STATE_TONES
        ),
        node("p", text=t("quarantine.counts_hint"), cls="keys-note wrap", key="hint"),
    ]


def _summed(tallies: Iterable[Row], name: str) -> dict[str, int]:
    total: defaultdict[str, int] = defaultdict(int)
    for row in tallies:
        total[row[name]] += row["count"]
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _all(rows: Mapping[str, Any]) -> list[Node]:
    """The button for everything the filter finds; without anything to try again it is not there."""
    if not rows["may_replay"] or not rows["again"]:
        return []
    words = t("quarantine.replay_all", n=_bounded(rows["again"]))
    return [node("button", text=words, cls="solid", key="all", data={"act": "replay", "id": "", "title": words})]


def _line(row: Row, params: Mapping[str, str], at: datetime, *, may_replay: bool) -> Node:
    state = row["state"]
    kept = {name: value for name, value in params.items() if name != "id"}
    head = node(
        "div",
        node("b", text=label("reject", row["reason"])),
        node("span", text=row["detail"] or "", cls="detail", title=row["detail"]),
        node("small", text=f"{row['title']} · {row['topic']}", title=row["topic"]),
        node("div", text=row["payload"], cls="code-line"),
        cls="what",
    )
    came = node(
        "div", node("span", text=when(row["received_at"], seconds=True)[5:], cls="num"), node("small", text=ago(row["received_at"], at))
    )
    look = node("a", text=t("quarantine.look"), cls="ghost turn", href=to(PATH, **{**kept, "id": row["id"]}))
    again = node(
        "button",
        text=t("quarantine.replay"),
        cls="ghost",
        data={"act": "replay", "id": row["id"], "title": f"#{row['id']} · {row['topic']}"},
    )
    acts = [look, *([again] if may_replay and row["replayable"] else [])]
    stands = node("span", node("i", text="", cls="dot"), text(_said(row)), cls="state", title=_state_title(row))
    return node(
        "div",
        came,
        head,
        stands,
        node("div", *acts, cls="act"),
        key=row["id"],
        cls="q-row",
        tone=STATE_TONES[state],
        data={"state": state, "chosen": 1 if str(row["id"]) == params.get("id") else None},
    )


def _said(row: Row) -> str:
    words = label("quarantine_state", row["state"])
    return f"{words} · {label('reject', row['outcome_reason'])}" if row["outcome_reason"] else words


def _state_title(row: Row) -> str:
    if not row["requested_at"]:
        return t("quarantine.never_tried")
    asked = t("quarantine.asked", who=row["requested_by"], when=when(row["requested_at"], seconds=True))
    done = t("quarantine.tried", when=when(row["replayed_at"], seconds=True)) if row["replayed_at"] else ""
    return " · ".join(part for part in (asked, done, row["outcome_detail"]) if part)


def _why_not(row: Row) -> str:
    if row["state"] in (ReplayState.REQUESTED, ReplayState.ACCEPTED):
        return t(f"quarantine.not_again_{row['state']}")
    return t("quarantine.not_again_presence" if row["topic"].endswith("/online") else "quarantine.not_again_cut")


def _bounded(count: int) -> str:
    return f"≥ {number(count)}" if count >= COUNTED else number(count)


def _pager(params: Mapping[str, str], shown: list[Row], *, more: bool) -> list[Node]:
    kept = {name: value for name, value in params.items() if name != "before"}
    newest = node("a", text=t("alarms.newest"), cls="ghost turn", href=to(PATH, **kept), key="newest")
    later = node(
        "a", text=t("alarms.more"), cls="ghost turn", key="more", href=to(PATH, **kept, before=_cursor(shown[-1]) if shown else "")
    )
    return [*([newest] if params.get("before") else []), *([later] if more else [])]


def _cursor(row: Row) -> str:
    return f"{row['received_at']}~{row['id']}"
