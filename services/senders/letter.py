"""What a sender is given, and what it says: one shape for every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message ready to go. `key` is the same at every attempt, so that a gateway can tell a repetition."""

    key: str
    address: str
    text: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took it, under its own number where it says one; `delivered` where it knows that it has arrived."""

    reference: str = ""
    delivered: bool = False


class NotSent(Exception):
    """The channel did not take it. `reason` is for the person who looks at dead letters; `for_good`: trying again is of no use."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        self.reason = reason
        self.for_good = for_good
        super().__init__(reason)


class Sender(Protocol):
    """One channel."""

    def send(self, letter: Letter) -> Receipt:
        """Send it within seconds. Raises NotSent."""
