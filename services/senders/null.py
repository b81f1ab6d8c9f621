"""Channels that reach nobody: the demonstration's console, and nowhere, for what a drill must not say to outsiders."""

from __future__ import annotations

import logging

from services.senders.letter import Letter, Receipt

log = logging.getLogger(__name__)


class Console:
    """A line of the log for each message."""

    def send(self, letter: Letter) -> Receipt:
        """Write it down."""
        log.info("notice", extra={"key": letter.key, "text": letter.text, "urgent": letter.urgent})
        return Receipt(reference=letter.key, delivered=True)


class Nowhere:
    """Takes everything and tells nobody; the platform's own pages show it."""

    def send(self, letter: Letter) -> Receipt:
        """Nothing leaves."""
        return Receipt()
