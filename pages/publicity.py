"""`/publicity`: sites whose uncivil behaviour calls for publicity, and what was done there."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.links import link
from components.panels import publicity
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

dash.register_page(__name__, title=titled("panel.publicity"), path="/publicity")


def layout(**query: str) -> html.Div:
    """The list, and for those who handle orders the dialog; or a word that it is not for this reader."""
    who = reader()
    if Action.WORK_ORDERS not in granted():
        return shell.not_for(who, "/publicity", t("publicity.not_for_you"))
    back = html.Div(link(f"← {t('nav.work_orders')}", "/work-orders?kind=behavior", className="ghost"), className="crumb")
    return shell.desk(who, "/publicity", back, publicity.frame(query), *publicity.dialog(), heading=t("panel.publicity"))
