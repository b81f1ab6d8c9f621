"""Filters that somebody keeps under a name: the query string of a page, for his account alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.repositories import saved_filters
from data_access.repositories.saved_filters import Kept
from domain.errors import Invalid
from domain.scope import Actor

LONGEST_NAME: Final = 20  # characters
LONGEST_QUERY: Final = 1000
MOST: Final = 20  # of one account


def kept(actor: Actor, store: Store) -> list[Kept]:
    """The actor's filters, by name."""
    with store.reading() as tx:
        return saved_filters.of(tx, actor.account_id)


def keep(actor: Actor, store: Store, *, name: str, query: str, at: datetime) -> None:
    """Keep a filter; one of the same name is replaced. Raises Invalid(field=name|query|filters)."""
    name, query = name.strip(), query.strip().removeprefix("?")
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(field="name", reason="length")
    if len(query) > LONGEST_QUERY:
        raise Invalid(field="query", reason="too_long")
    with store.transaction() as tx:
        names = {each.name for each in saved_filters.of(tx, actor.account_id)}
        if name not in names and len(names) >= MOST:
            raise Invalid(field="filters", reason="too_many")
        saved_filters.keep(tx, actor.account_id, Kept(name, query), at=at)


def forget(actor: Actor, store: Store, *, name: str) -> None:
    """Keep it no longer; nothing happens where there is none."""
    with store.transaction() as tx:
        saved_filters.forget(tx, actor.account_id, name)
