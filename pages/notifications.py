"""`/notifications`: who was told of what, what waits, what could not be delivered; and copies to streets with their receipts."""

from __future__ import annotations

import dash
from dash import dcc, html

from components import ids, shell
from components.panels import copies, notifications
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

dash.register_page(__name__, title=titled("panel.notifications"), path="/notifications")


def layout(**query: str) -> html.Div:
    """Figures, messages and copies; or a word that they are not for this reader."""
    if Action.WORK_ORDERS not in granted():
        return shell.not_for(reader(), "/notifications", t("notifications.not_for_you"))
    panels = html.Div([notifications.frame_counts(), notifications.frame(query), copies.frame()], className="notices-page")
    return shell.desk(reader(), "/notifications", panels, dcc.Store(id=ids.NOTICE_ACT), heading=t("panel.notifications"))
