"""`python -m ingest.outbox`: what leaves the house: messages to people by every channel, voice prompts to devices.

Urgent messages, those that may wait, and prompts have a thread each, so that a slow channel holds up none of the others.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.queries import deployment as deployments
from ingest.program import configured, stored, until_told
from ingest.schedule import Tick, repeat
from ingest.voice import Voice
from services import notifications
from services.notifications import Senders
from services.senders import Means, demonstrated, senders
from settings import Settings

log = logging.getLogger(__name__)

URGENT_SECONDS: Final = 0.5
ORDINARY_SECONDS: Final = 2.0
PROMPT_SECONDS: Final = 0.5
AT_ONCE: Final = 8  # messages in hand at the same time, urgent or not


class Outbox:
    """The two sweeps of one process; each sends several messages at once."""

    def __init__(self, by: Callable[[Store], Senders], *, clock: Callable[[], datetime], public_url: str = "") -> None:
        self._by = by
        self._clock = clock
        self._public_url = public_url
        self._pools = {urgent: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send") for urgent in (True, False)}

    def urgent(self, store: Store, at: datetime) -> int:
        """Send what may not wait."""
        return self._sweep(store, urgent=True, at=at)

    def ordinary(self, store: Store, at: datetime) -> int:
        """Send the rest."""
        return self._sweep(store, urgent=False, at=at)

    def close(self) -> None:
        """Let what is under way end."""
        for pool in self._pools.values():
            pool.shutdown()

    def _sweep(self, store: Store, *, urgent: bool, at: datetime) -> int:
        by = self._by(store)
        if not by:
            return 0
        each = self._pools[urgent].map
        return notifications.sweep(store, by, urgent=urgent, at=at, clock=self._clock, attempts=each, public_url=self._public_url)


class Deployed:
    """The channels of this deployment; whether it is the demonstration, which has the console, is asked until it is known."""

    def __init__(self, means: Means) -> None:
        self._real = senders(means)
        self._found: Senders | None = None

    def __call__(self, store: Store) -> Senders:
        """By what messages leave; nothing while nobody has said which district this is."""
        if self._found is None:
            with store.reading() as tx:
                mode = deployments.mode(tx)
            if mode is None:
                return {}
            self._found = demonstrated() if mode == "demonstration" else self._real
            log.info("channels", extra={"mode": mode, "channels": sorted(self._found)})
        return self._found


def run(store: Store, outbox: Outbox, voice: Voice, stop: threading.Event, *, clock: Callable[[], datetime]) -> None:
    """All three until told to stop."""
    turns: tuple[tuple[Tick, float], ...] = (
        (outbox.urgent, URGENT_SECONDS),
        (outbox.ordinary, ORDINARY_SECONDS),
        (voice.speak, PROMPT_SECONDS),
    )
    voice.open()
    threads = [threading.Thread(target=repeat, args=(tick, store, stop, clock), kwargs={"every": every}) for tick, every in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    voice.close()
    outbox.close()


def means(deployment: Settings) -> Means:
    """What the environment says of channels."""
    return Means(
        sms_url=deployment.notify_sms_url.get_secret_value(),
        sms_token=deployment.notify_sms_token.get_secret_value(),
        webhook_token=deployment.notify_webhook_token.get_secret_value(),
        email_url=deployment.notify_email_url.get_secret_value(),
    )


def warn(deployment: Settings) -> None:
    """Say once what citizens will not be sent: a link needs an address."""
    if deployment.notify_sms_url.get_secret_value() and not deployment.public_url:
        log.warning("no_rating_links", extra={"missing": "PUTUO_PUBLIC_URL"})


def main() -> None:
    """Wire the outbox from the environment and run it until SIGTERM or SIGINT."""
    deployment, stop = configured(), until_told()
    warn(deployment)
    with stored(deployment, name="outbox", pool_size=6) as store:
        outbox = Outbox(Deployed(means(deployment)), clock=store.time, public_url=deployment.public_url)
        voice = Voice(deployment.mqtt_url.get_secret_value(), client_id=f"outbox-{secrets.token_hex(4)}")
        run(store, outbox, voice, stop, clock=store.time)


if __name__ == "__main__":
    main()
