"""What was said is kept as long as readings are (数据保存), and then dropped piece by piece: messages of orders, prompts to devices.

The orders themselves and their logs stay, and with them the evidence. Of an order that is open nothing goes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store
from data_access.repositories import said
from domain.equipment.kind import Settings
from domain.thresholds import MESSAGES_KEPT

PIECE: Final = 2_000  # rows of one transaction
PIECES: Final = 10  # of each sort a tick; the rest goes with the next ones
_SORTS: Final[tuple[Callable[..., int], ...]] = (said.forget_messages, said.forget_prompts)


def kept_since(settings: Settings, at: datetime) -> datetime:
    """What belongs to an order that was closed before, and is older itself, may be gone."""
    return at - timedelta(days=MESSAGES_KEPT.of(settings))


def forget(store: Store, settings: Settings, at: datetime) -> int:
    """Drop what is too old, as far as one tick goes; the number of messages and prompts. Raises StoreUnavailable."""
    before = kept_since(settings, at)
    return sum(_piecewise(store, drop, before) for drop in _SORTS)


def _piecewise(store: Store, drop: Callable[..., int], before: datetime) -> int:
    dropped = 0
    for _ in range(PIECES):
        with store.transaction() as tx:
            gone = drop(tx, before=before, most=PIECE)
        dropped += gone
        if gone < PIECE:
            break
    return dropped
