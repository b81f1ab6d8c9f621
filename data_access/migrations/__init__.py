"""The schema's history (alembic); `upgrade` brings a database to the newest version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from data_access.engine import translated

HERE = Path(__file__).parent


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; two processes that start together wait for each other. Raises StoreUnavailable."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    with translated():
        command.upgrade(config, revision)
