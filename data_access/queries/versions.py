"""The versions of what screens watch."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from data_access.engine import Tx
from data_access.tables import data_versions
from data_access.watches import audible, may_hear
from domain.scope import Scope


def versions(scope: Scope, tx: Tx, *, watches: Collection[str] | None = None) -> dict[str, int]:
    """The version of each watch the reader may hear (or of those named); 0 for one that was never touched."""
    heard = audible(scope)
    wanted = heard if watches is None else {watch for watch in watches if may_hear(scope, watch)}
    rows = tx.execute(select(data_versions.c.watch, data_versions.c.version).where(data_versions.c.watch.in_(sorted(wanted))))
    return dict.fromkeys(sorted(wanted), 0) | {row.watch: row.version for row in rows}


def known(scope: Scope, tx: Tx) -> dict[str, int]:
    """The version of every watch that was ever touched and that the reader may hear, each street's included."""
    rows = tx.execute(select(data_versions.c.watch, data_versions.c.version).order_by(data_versions.c.watch))
    return {row.watch: row.version for row in rows if may_hear(scope, row.watch)}
