"""`/notifications`: who was told of what, what waits, what could not be delivered; and copies to streets with their receipts."""

from __future__ import annotations

import dash
from dash import dcc, html

from components import ids, shell
from components.panels import copies, notifications
from domain.scope import Action, Role
from locales import t
from pages._reader import granted, reader, titled
from web.session import current_scope

dash.register_page(__name__, title=titled("panel.notifications"), path="/notifications")


def layout(**query: str) -> html.Div:
    """Figures, messages and copies, which come first to a street that has to sign; or a word that they are not for this reader."""
    if Action.WORK_ORDERS not in granted():
        return shell.not_for(reader(), "/notifications", t("notifications.not_for_you"))
    signing = current_scope().role is Role.STREET
    panels = html.Div(
        [notifications.frame_counts(), notifications.frame(query), copies.frame()], className=f"notices-page {'signing' if signing else ''}"
    )
    told = html.Div(id=ids.NOTICE_TOLD, className="note-told", role="status")
    return shell.desk(reader(), "/notifications", panels, told, dcc.Store(id=ids.NOTICE_ACT), heading=t("panel.notifications"))
