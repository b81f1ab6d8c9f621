"""Reading the city platform's resources to their end, again and again, without losing or doubling a record.

Pages are windows over a list that changes while it is read: a record that is modified moves, and another slips from one page to
the one already read. So a pass counts only when it saw as many different records as the platform said there were, on every page
the same number; else it is read again. Where the platform holds a record twice that never comes true, and two passes that saw the
very same count. The cursor moves with the last page, in one transaction, to the newest modification seen, and the next pass begins
a little before it: the platform may commit later than it stamps. What is read twice changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Final

import orjson

from data_access.engine import Store
from domain.errors import StoreUnavailable
from domain.telemetry import FUTURE_LIMIT
from ingest.sources.city_platform.client import CityClient, NoSuchRecord, SignInFailed
from ingest.sources.city_platform.resources import EVENTS, RESOURCES, Record, Resource, is_final, read
from ingest.sources.link import SourceUnavailable
from logs import Outage
from services import exchange
from services.exchange import Entry, Feed, Pass

log = logging.getLogger(__name__)

SOURCE: Final = "city_platform"
SIZE: Final = 200  # records of a page
MOST_PAGES: Final = 20_000
OVERLAP: Final = timedelta(minutes=10)
PASSES: Final = 3  # over a resource that shifts while it is read
FIRST_WAIT: Final = 5.0  # seconds after a failure
LONGEST_WAIT: Final = 600.0

Clock = Callable[[], datetime]

Prints = Counter[bytes]
"""How often each record was seen, by fingerprint."""


@dataclass(slots=True)
class Backoff:
    """How long to wait after failures in a row: twice as long each time, spread out so that many do not come back at once."""

    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def wait(self, retry_after: float) -> float:
        """Seconds until the next try; never sooner than the platform asked for."""
        longest = min(FIRST_WAIT * 2.0**self.failures, LONGEST_WAIT)
        self.failures = min(self.failures + 1, 32)
        return max(self.chance.uniform(longest / 2, longest), min(retry_after, LONGEST_WAIT))

    def reset(self) -> None:
        """The platform answered."""
        self.failures = 0


class Outages:
    """Which feeds are away: of each a line when it goes and one when it is back."""

    def __init__(self) -> None:
        self._of: dict[str, Outage] = {}

    def of(self, feed: Feed) -> Outage:
        """The outage of a feed."""
        return self._of.setdefault(feed.name, Outage(log, "exchange", feed=feed.name))


def run(
    store: Store,
    client: CityClient,
    stop: Event,
    *,
    places: Sequence[str],
    every: float,
    clock: Clock,
    synchronise: Callable[[], None] = lambda: None,
    backoff: Backoff | None = None,
) -> None:
    """Pull every `every` seconds until told to stop, through outages of the platform and of the database.

    `synchronise` sets the clock before each reading.
    """
    backoff, outages = backoff or Backoff(), Outages()
    database = Outage(log, "database")
    while not stop.is_set():
        try:
            synchronise()
            retry_after = pull_all(store, client, places, clock=clock, outages=outages)
            database.over()
        except StoreUnavailable as unavailable:
            database.lost(unavailable.__cause__)
            retry_after = 0.0
        if retry_after is None:
            backoff.reset()
        stop.wait(every if retry_after is None else backoff.wait(retry_after))


def pull_all(store: Store, client: CityClient, places: Sequence[str], *, clock: Clock, outages: Outages | None = None) -> float | None:
    """Every resource of every place, then the events that may still change.

    None when all was read, else the seconds the platform asked us to wait (0: it did not say). Raises StoreUnavailable.
    """
    work: list[tuple[Feed, Callable[[Feed], int]]] = [
        (Feed(SOURCE, resource.name, place), partial(pull, store, client, resource, clock=clock))
        for resource in RESOURCES
        for place in places
    ]
    work.append((Feed(SOURCE, EVENTS), partial(refresh_events, store, client, clock=clock)))
    outages = outages or Outages()
    refused: SourceUnavailable | None = None
    for feed, read_to_end in work:
        if isinstance(refused, SignInFailed):  # one wrong password is enough: more would lock the account
            exchange.fail(store, feed, str(refused), at=clock())
            continue
        try:
            pulled = read_to_end(feed)
            outages.of(feed).over()
            if pulled:
                log.info("exchange_pulled", extra={"feed": feed.name, "pulled": pulled})
        except SourceUnavailable as unavailable:
            refused = unavailable
            exchange.fail(store, feed, str(unavailable), at=clock())
            outages.of(feed).lost(unavailable)
    return None if refused is None else refused.retry_after


def pull(store: Store, client: CityClient, resource: Resource, feed: Feed, *, clock: Clock) -> int:
    """Read one resource from its cursor to its end; how many records were new or changed. Raises SourceUnavailable, StoreUnavailable."""
    cursor = exchange.cursor(store, feed)
    since = None if cursor is None else cursor - OVERLAP
    pulled = 0
    before: Prints | None = None
    for _ in range(PASSES):
        done, new, prints = _pass(store, client, resource, feed, since, clock)
        pulled += new
        if prints is not None and (len(prints) == prints.total() or prints == before):
            return pulled + exchange.finish(store, feed, done, at=clock())
        pulled += exchange.keep(store, feed, done.last, at=clock())
        before = prints
    raise SourceUnavailable(f"{resource.name}: changed during each of {PASSES} readings")


def refresh_events(store: Store, client: CityClient, feed: Feed, *, clock: Clock) -> int:
    """Ask again for every known event that may still change; how many did. Raises SourceUnavailable, StoreUnavailable.

    One that the platform no longer has is counted as refused, and keeps nobody from asking for the others.
    """
    entries: list[Entry] = []
    gone = 0
    for number, body in exchange.known(store, feed).items():
        if is_final(body):
            continue
        try:
            entries.append((number, clock(), client.event(number)))
        except NoSuchRecord:
            gone += 1
    return exchange.finish(store, feed, Pass(entries, gone), at=clock())


def pull_event(store: Store, client: CityClient, number: str, *, clock: Clock) -> int:
    """Ask for one event, and from then on for its changes. Raises SourceUnavailable, StoreUnavailable."""
    return exchange.keep(store, Feed(SOURCE, EVENTS), [(number, clock(), client.event(number))], at=clock())


def _pass(
    store: Store, client: CityClient, resource: Resource, feed: Feed, since: datetime | None, clock: Clock
) -> tuple[Pass, int, Prints | None]:
    """One reading of all pages, the last one not stored yet; what the others brought; what was seen, None where the list moved."""
    seen: Prints = Counter()
    totals: set[int] = set()
    pulled = rejected = rows = 0
    newest: datetime | None = None
    for number in range(MOST_PAGES):
        page, at = client.page(resource.name, place=feed.place, since=since, number=number, size=SIZE), clock()
        records, bad = read(resource, page.records, at=at)
        seen.update(map(_print, page.records))
        totals.add(page.total)
        rows += len(page.records)
        rejected += bad
        newest = max(filter(None, (newest, *(_trusted(record, at) for record in records))), default=None)
        entries: list[Entry] = [(record.key, record.modified_at or at, record.body) for record in records]
        if not page.records or rows >= page.total:
            return Pass(entries, rejected, newest), pulled, seen if totals == {rows} else None
        pulled += exchange.keep(store, feed, entries, at=at)
    raise SourceUnavailable(f"{resource.name}: more than {MOST_PAGES} pages")


def _trusted(record: Record, at: datetime) -> datetime | None:
    """A modification in the future must not carry the cursor past what is still to come."""
    return record.modified_at if record.modified_at is not None and record.modified_at <= at + FUTURE_LIMIT else None


def _print(entry: object) -> bytes:
    """A record's fingerprint: the same record on two pages is one."""
    return hashlib.sha256(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)).digest()
