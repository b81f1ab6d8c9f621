"""Messages to people: how many wait, left or are dead, and each of them with what was said, to whom and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components import chips
from components.layout import fold, leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes, text
from domain.notices import Audience
from locales import ago, label, number, t, when

NAME: Final = "notifications"
COUNTS: Final = "notification-counts"
PATH: Final = "/notifications"
PAGE: Final = 40
STATES: Final = ("waiting", "sent", "dead", "collapsed")
DAY: Final = "24h"
SPANS: Final = ("1h", DAY, "168h")
NAMES: Final = ("state", "channel", "urgent", "drill", "since", "q", "before")
CHANNELS: Final = ("console", "sms", "wecom", "dingtalk", "email", "webhook", "drill")
TONES: Final = {"queued": "info", "failed": "warn", "sent": "ok", "delivered": "ok", "read": "ok", "dead": "crit", "collapsed": "none"}
ICONS: Final = {
    "queued": "hourglass-split",
    "failed": "arrow-repeat",
    "sent": "send-check",
    "delivered": "check2",
    "read": "check2-all",
    "dead": "envelope-x-fill",
    "collapsed": "layers",
}
LATE_SECONDS: Final = 10.0  # by which somebody has to know of an event
Row = Mapping[str, Any]


def frame_counts() -> html.Section:
    """The figures, each a link to its rows."""
    return panel(COUNTS, leaf_of(COUNTS, "tiles", "in-tiles"), symbol="send", hint=t("notifications.counts_hint"))


def frame(params: Mapping[str, str]) -> html.Section:
    """Filters at the left, messages at the right."""
    tools = html.Div(leaf_of(NAME, "all", "q-all"), className="note-tools")
    listed = html.Div([tools, leaf_of(NAME, "rows", "q-rows"), leaf_of(NAME, "pager", "pager")])
    body = [html.Div([fold(leaf_of(NAME, "filters", "filters"))], className="pn-side"), listed]
    return panel(NAME, html.Div(body, className="alarms-page"), symbol="envelope", follow=params, hint=t("notifications.hint"))


def update_counts(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: messages of a day by status, the delay of nine in ten urgent ones in seconds. Each figure leads to its rows."""
    of = _summed(rows["tallies"])
    waiting, dead = of.get("queued", 0) + of.get("failed", 0), of.get("dead", 0)
    sent = sum(of.get(each, 0) for each in ("sent", "delivered", "read"))
    pressing = sum(row["count"] for row in rows["tallies"] if row["urgent"] and row["status"] in ("queued", "failed"))
    delay = rows["delay_seconds"]
    tiles = [
        _tile(
            "waiting",
            number(waiting),
            t("notifications.of_them", urgent=number(pressing), rest=number(waiting - pressing)),
            state="waiting",
        ),
        _tile("sent", number(sent), t("notifications.of_a_day"), state="sent", since=DAY),
        _tile("collapsed", number(of.get("collapsed", 0)), t("notifications.collapsed_hint"), state="collapsed", since=DAY),
        _tile("dead", number(dead), t("notifications.dead_hint"), tone="crit" if dead else None, state="dead"),
        _tile(
            "delay",
            t("app.none") if delay is None else t("notifications.seconds", n=number(delay, 1)),
            t("notifications.delay_hint"),
            tone="warn" if delay is not None and delay > LATE_SECONDS else None,
            urgent="1",
            since=DAY,
        ),
    ]
    return {"tiles": nodes(tiles)}


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: messages (one more than a page when there is another), counts by status, params, whether the reader may retry."""
    params, shown = rows["params"], rows["rows"][:PAGE]
    lines = [_line(row, at, may_retry=rows["may_retry"]) for row in shown]
    if not lines:
        lines = [node("p", text=t("state.no_match" if params else "notifications.none"), cls="keys-note", key="none")]
    return {
        "filters": nodes(_filters(params, _summed(rows["tallies"]))),
        "all": nodes(_all(rows)),
        "rows": nodes(lines),
        "pager": nodes(_pager(params, shown, more=len(rows["rows"]) > PAGE)),
    }


def recipient(row: Row) -> str:
    """Who it goes to, as a person says it."""
    kind, _, rest = str(row["recipient"]).partition(":")
    said = str(row["name"] or rest)
    return label("role", rest) if kind == "role" else f"{label('recipient', kind)} {said}" if kind == Audience.REPORTER.value else said


def _tile(name: str, figure: str, hint: str, *, tone: str | None = None, **params: str) -> Node:
    words = (text(t(f"notifications.tile_{name}")), node("b", text=figure, cls="num"), text(hint, "small"))
    return node("a", *words, key=name, tone=tone, href=to(PATH, **params, drill="0"))


def _filters(params: Mapping[str, str], of: Mapping[str, int]) -> list[Node]:
    counts = {
        "waiting": of.get("queued", 0) + of.get("failed", 0),
        "sent": sum(of.get(each, 0) for each in ("sent", "delivered", "read")),
        "dead": of.get("dead", 0),
        "collapsed": of.get("collapsed", 0),
    }
    given = {"q": f"“{params['q']}”"} if params.get("q") else {}
    return [
        *chips.active(PATH, {name: value for name, value in params.items() if name != "before"}, given),
        chips.group(
            PATH, params, "state", t("notifications.state"), [(each, t(f"notifications.tile_{each}")) for each in STATES], counts=counts
        ),
        chips.group(PATH, params, "since", t("notifications.period"), [(span, t(f"alarms.since_{span}")) for span in SPANS]),
        chips.group(PATH, params, "channel", t("notifications.channel"), [(each, label("channel", each)) for each in CHANNELS]),
        chips.group(
            PATH, params, "urgent", t("notifications.urgency"), [("1", t("notifications.urgent")), ("0", t("notifications.may_wait"))]
        ),
        chips.group(PATH, params, "drill", t("notifications.drill"), [("0", t("notifications.real")), ("1", t("notifications.drills"))]),
    ]


def _all(rows: Mapping[str, Any]) -> list[Node]:
    """The button for every dead letter; without one it is not there."""
    dead = _summed(rows["tallies"]).get("dead", 0)
    if not rows["may_retry"] or not dead:
        return []
    return [node("button", text=t("notifications.retry_all", n=number(dead)), cls="solid", key="all", data={"act": "notice", "id": ""})]


def _line(row: Row, at: datetime, *, may_retry: bool) -> Node:
    came = node(
        "div",
        node("span", text=when(row["created_at"], seconds=True)[5:], cls="num"),
        node("small", text=ago(row["created_at"], at)),
    )
    marks = [node("i", text=t(mark), cls="tag", tone=tone) for mark, tone, there in _marks(row) if there]
    about = label("notice_about", row["template"])
    said = row["said"] or (about if row["status"] == "collapsed" else t("notifications.not_said", about=about))
    head = node(
        "div",
        node("b", text=recipient(row)),
        *marks,
        node("a", text=row["number"], cls="num order", href=f"/work-orders/{row['order_id']}"),
        node("p", text=said, cls="said"),
        cls="what",
    )
    stands = node(
        "div",
        node("span", node("i", text="", cls=f"bi bi-{ICONS[row['status']]}"), text(label("message_status", row["status"])), cls="state"),
        node("small", text=_how(row)),
        cls="stands",
        tone=TONES[row["status"]],
    )
    retry = node("button", text=t("notifications.retry"), cls="ghost", data={"act": "notice", "id": row["id"]})
    acts = [retry] if may_retry and row["status"] == "dead" else []
    return node("div", came, head, stands, *acts, key=row["id"], cls="q-row note-row", data={"status": row["status"]})


def _marks(row: Row) -> Sequence[tuple[str, str, bool]]:
    return (("notifications.urgent", "info", row["urgent"]), ("notifications.drill", "vio", row["drill"]))


def _how(row: Row) -> str:
    """By what and when; of what waits, until when; of what failed, why and how often."""
    match row["status"]:
        case "queued":
            return t("notifications.waits", until=when(row["next_at"], seconds=True)[5:])
        case "failed":
            return t("notifications.tried", n=row["attempts"], until=when(row["next_at"], seconds=True)[11:], why=_why(row))
        case "dead":
            return t("notifications.gave_up", n=row["attempts"], why=_why(row))
        case "collapsed":
            return t("notifications.in_digest")
    return " · ".join((label("channel", row["channel"]), when(row["receipt_at"] or row["sent_at"], seconds=True)[11:]))


def _why(row: Row) -> str:
    return label("notice_error", row["error"]) if row["error"] else t("app.none")


def _summed(tallies: Sequence[Row]) -> dict[str, int]:
    of: dict[str, int] = {}
    for row in tallies:
        of[row["status"]] = of.get(row["status"], 0) + row["count"]
    return of


def _pager(params: Mapping[str, str], shown: Sequence[Row], *, more: bool) -> list[Node]:
    kept = {name: value for name, value in params.items() if name != "before"}
    newest = node("a", text=t("alarms.newest"), cls="ghost turn", href=to(PATH, **kept), key="newest")
    cursor = f"{shown[-1]['created_at']}~{shown[-1]['id']}" if shown else ""
    earlier = node("a", text=t("notifications.more"), cls="ghost turn", key="more", href=to(PATH, **kept, before=cursor))
    return [*([newest] if params.get("before") else []), *([earlier] if more else [])]
