"""`python -m ingest`: one worker between the broker and the database."""

from __future__ import annotations

import argparse
import secrets
from functools import partial

from data_access.engine import connect
from data_access.stream import StreamLog
from ingest import topics
from ingest.announcements import Announcements
from ingest.client import Broker, Client
from ingest.clock import SharedClock
from ingest.program import configured, until_told
from ingest.worker import Worker


def main() -> None:
    """Wire the worker from the environment and run it until SIGTERM or SIGINT."""
    arguments, deployment, stop = _arguments(), configured(), until_told()
    news = Announcements(StreamLog(deployment.redis_url.get_secret_value()).publish)
    holder = f"{arguments.client_id}:{secrets.token_hex(4)}"
    store = connect(deployment.database_url.get_secret_value(), announce=news.note, pool_size=2, name=holder)
    filters = tuple(arguments.filter or [topics.EVERYTHING])
    broker = Broker(deployment.mqtt_url.get_secret_value(), arguments.client_id, filters, arguments.fast)
    clock = SharedClock()
    client = Client(broker, clock=clock)
    synchronise = partial(clock.synchronise, store.time)
    Worker(client, store, name=arguments.client_id, holder=holder, tell=news.tell, clock=clock, synchronise=synchronise).run(stop)
    store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--client-id", default="ingest-0", help="the broker session; a second worker of the same id stands by")
    parser.add_argument("--filter", action="append", help="topic filter; several workers divide vendors and kinds (default: everything)")
    parser.add_argument("--fast", action="store_true", help="read and acknowledge in bulk, where the installed paho allows it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
