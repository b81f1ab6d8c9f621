"""`python -m ingest.sources.city_platform [--once | --event NUMBER]`: pull from the city platform that PUTUO_CITY_PLATFORM_URL names."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from data_access.engine import Store
from ingest.clock import SharedClock
from ingest.program import configured, stored, until_told
from ingest.sources.city_platform.client import Account, CityClient
from ingest.sources.city_platform.pull import pull_all, pull_event, run
from ingest.sources.link import Link, SourceUnavailable
from settings import Settings

NOT_CONFIGURED = 2


def main(arguments: list[str] | None = None) -> int:
    """0 when it was told to stop or all was read, 1 when `--once` or `--event` failed, 2 when no platform is configured."""
    chosen = _parser().parse_args(arguments)
    deployment = configured()
    if not deployment.city_platform_url:
        print("PUTUO_CITY_PLATFORM_URL is not set: nothing to pull from.", file=sys.stderr)
        return NOT_CONFIGURED
    clock = SharedClock()
    account = Account(deployment.city_platform_username, deployment.city_platform_password.get_secret_value())
    client = CityClient(Link(deployment.city_platform_url), account, clock=clock)
    with stored(deployment, name="city-platform", pool_size=2) as store:
        return _work(store, client, deployment, chosen, clock)


def _work(store: Store, client: CityClient, deployment: Settings, chosen: argparse.Namespace, clock: SharedClock) -> int:
    synchronise = partial(clock.synchronise, store.time)
    if chosen.event or chosen.once:
        synchronise()
    if chosen.event:
        try:
            print(pull_event(store, client, chosen.event, clock=clock))
        except SourceUnavailable as unavailable:
            print(unavailable, file=sys.stderr)
            return 1
        return 0
    if chosen.once:
        return 0 if pull_all(store, client, deployment.places, clock=clock) is None else 1
    every = deployment.city_platform_every
    run(store, client, until_told(), places=deployment.places, every=every, clock=clock, synchronise=synchronise)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest.sources.city_platform", description=__doc__)
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--once", action="store_true", help="read every resource once and end")
    one.add_argument("--event", metavar="NUMBER", help="fetch one event; it is followed from then on until it is final")
    return parser


if __name__ == "__main__":
    sys.exit(main())
