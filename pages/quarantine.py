"""`/quarantine`: refused messages, filtered by the address, looked into, and tried again after a fix."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.links import link
from components.panels import quarantine
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

dash.register_page(__name__, title=titled("panel.quarantine"), path="/quarantine")


def layout(**query: str) -> html.Div:
    """The list, the chosen message and the dialog; or a word that it is not for this reader."""
    if Action.READ_INGEST not in granted():
        return shell.not_for(reader(), "/quarantine", t("ingest.not_for_you"))
    who = reader()
    back = link(f"← {t('nav.ingest')}", "/ingest", className="ghost")
    panels = html.Div([quarantine.frame(who, query), quarantine.frame_message(query)], className="quarantine-page")
    dialog = quarantine.dialog() if Action.REPLAY_QUARANTINE in granted() else []
    return shell.desk(who, "/quarantine", html.Div(back, className="crumb"), panels, *dialog, heading=t("panel.quarantine"))
