"""What the web process holds and hands to callbacks and routes: made once, by app.create_app."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask import current_app

from data_access.cache import PanelCache
from data_access.engine import Store
from data_access.stream import StreamLog
from web.deployment import Deployment
from web.session import Lookup

EXTENSION: Final = "putuo"


@dataclass(frozen=True, slots=True)
class Context:
    """The composed parts. `public_url` is "" when nobody named it, `tile_url` is "" without a map server."""

    store: Store
    cache: PanelCache
    log: StreamLog
    find_session: Lookup
    deployment: Deployment
    public_url: str = ""
    metrics_token: str = ""
    receipt_token: str = field(default="", repr=False)
    tile_url: str = ""
    mqtt_url: str = field(default="", repr=False)  # it carries a password
    geo_dir: Path = Path("assets/geo")

    @property
    def secure(self) -> bool:
        """Whether readers come by https, so that cookies must not travel otherwise."""
        return self.public_url.startswith("https://")


def current() -> Context:
    """The context of the application that answers the present request."""
    context: Context = current_app.extensions[EXTENSION]
    return context
