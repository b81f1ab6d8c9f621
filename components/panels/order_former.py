"""An order that a unit had and has no more: who took it, when, and what was done with it until then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.nodes import Node, node, text
from components.panels import order_log
from locales import label, t, when

Row = Mapping[str, Any]
NOWHERE: Final = {"id": 0, "lng": None, "lat": None}


def nodes(former: Row) -> list[Node]:
    """The page of an order that is not the reader's any more; nothing on it can be done."""
    taken = former["taken"]
    said = t("orders.former", when=when(taken["at"], seconds=True), who=order_log.by(taken), step=label("step", taken["action"]))
    about = " · ".join(part for part in (label("order_kind", former["kind"]), former["place"] or "") if part)
    why = order_log.reason(taken)
    rows = {"log": former["log"], "names": {}, "order": NOWHERE, "photos": [], "calls": []}
    return [
        node("h1", text=former["number"], key="number"),
        node("p", text=about, key="about"),
        node("p", text=said, cls="former-said", key="said"),
        *([text(t("orders.former_why", why=why), "p")] if why else []),
        node("div", *order_log.lines(rows), cls="order-log", key="log"),
    ]
