"""Which watches a reader may hear: its own streets', and what has no street in it."""

from __future__ import annotations

from typing import Final

from data_access.watches import Watch, watch_for
from domain.scope import ALL, Scope

_KINDS: Final = frozenset(kind.value for kind in Watch)


def may_hear(scope: Scope, watch: str) -> bool:
    """Whether changes of `watch` may be told to a reader of this scope. A watch carries a number, never a row."""
    head, _, rest = watch.partition(":")
    if head == "street":
        street, _, kind = rest.partition(":")
        return kind in _KINDS and (scope.streets == ALL or street in scope.streets)
    return watch in _KINDS and (scope.streets == ALL or watch in {watch_for(scope, kind) for kind in Watch})
