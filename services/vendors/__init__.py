"""Who may deliver data: the vendors of the broker's list become vendors of the platform."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from data_access.engine import Store
from data_access.repositories import audit, vendors
from domain.errors import Invalid
from domain.vendors import RESERVED
from services.commands import OPERATOR


def enlist(store: Store, path: Path, *, at: datetime) -> list[str]:
    """Take over name and title of every vendor in a vendors.json; the names that are new. Raises Invalid, StoreUnavailable."""
    listed = _read(path)
    if not listed:
        return []
    with store.transaction() as tx:
        new = sorted(listed.keys() - vendors.names(tx))
        vendors.add_all(tx, listed.items())
        if new:
            entry = audit.Entry(account_id=None, username=OPERATOR, action="enlist_vendors", object="vendors", after={"names": new})
            audit.append(tx, entry, at)
    return new


def _read(path: Path) -> dict[str, str]:
    try:
        listed = {str(vendor["name"]): str(vendor["title"]) for vendor in json.loads(path.read_text("utf-8"))}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise Invalid(field=path.name, reason=f"{type(exc).__name__}: {exc}") from exc
    if RESERVED in listed:
        raise Invalid(field=path.name, reason=f"no vendor may be named {RESERVED!r}: the platform's own messages go below that name")
    return listed
