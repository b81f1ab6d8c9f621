"""Any other address."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("missing.title"))


def layout(**_query: str) -> html.Div:
    """The designed "not found"."""
    return shell.missing(reader())
