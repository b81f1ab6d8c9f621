"""Links: one place makes them, and only to our own pages, http(s) and telephone numbers."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode

from dash import html

_ALLOWED: Final = re.compile(r"/(?![/\\])|https?://|tel:")


def own_href(href: str) -> str | None:
    """`href` if it may be followed, else None: javascript:, data: and //elsewhere are no links."""
    return href if _ALLOWED.match(href) and href.isprintable() else None


def to(path: str, **query: object) -> str:
    """A path with those query values that say something: to("/alarms", level="entrapment", open=1)."""
    said = {name: value for name, value in query.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(said)}" if said else path


def equipment(code: str) -> str:
    """The dossier's address."""
    return f"/equipment/{quote(code, safe='')}"


def link(children: object, href: str, **props: object) -> html.A:
    """An anchor; one that must not be followed has no href."""
    return html.A(children, href=own_href(href), **props)
