"""`/ingest`: the way in, live: rates, lag, workers, vendors, refusals, scores, adapters."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import ingest, ingest_refused, ingest_vendors
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

dash.register_page(__name__, title=titled("nav.ingest"), path="/ingest")


def layout(**_query: str) -> html.Div:
    """The whole district's, or a word that it is not for this reader."""
    if Action.READ_INGEST not in granted():
        return shell.not_for(reader(), "/ingest", t("ingest.not_for_you"))
    panels = [
        ingest.frame(),
        ingest_vendors.frame(),
        ingest_vendors.frame_scores(),
        ingest_refused.frame(),
        ingest_refused.frame_unknown(),
        ingest_refused.frame_adapters(),
    ]
    return shell.desk(reader(), "/ingest", html.Div(panels, className="ingest-page"), heading=t("nav.ingest"))
