"""What a worker's own half costs, without a broker: from payload to commit, microseconds a reading by batch size.

.venv/bin/python -m tests.bench.pace_ceiling [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from itertools import count, islice
from typing import Final

from data_access.engine import Store, connect
from ingest.decode import Decoder, Message
from services.stages import Stages
from services.telemetry import accept
from services.telemetry_memory import recall
from tests.bench.load_packets import STEPS, VENDORS, Round, rounds
from tests.bench.pace_district import District, district
from tests.bench.pace_table import table
from tests.stack_fixture import running_servers

DEVICES: Final = 14_415
SIZES: Final = (300, 1_000, 5_000)
READINGS: Final = 100_000  # for each size, after a first tenth that does not count
PROFILED: Final = 25  # functions shown


def payloads(first: int) -> Iterator[tuple[str, bytes]]:
    """Topics and bodies of round after round, one sampled second each."""
    played = [rounds(vendor, DEVICES, STEPS) for vendor in range(len(VENDORS))]
    for turn in count():
        for script in played:
            yield from _unpacked(script[turn % STEPS], first + turn)


def measure(where: District, store: Store, said: Iterator[tuple[str, bytes]], size: int) -> list[object]:
    """One batch size: its row of the table."""
    memory = recall(store, at=datetime.now(UTC))
    decoder, stages = Decoder(memory.register), Stages()
    decoding = accepting = took = 0.0
    skipped = max(1, READINGS // size // 10)
    gc.collect()
    for turn in range(skipped + READINGS // size):
        if turn == skipped:
            stages, decoding, accepting, took = Stages(), 0.0, 0.0, 0.0
        at = datetime.now(UTC)
        messages = [Message(topic, payload, at, qos=1) for topic, payload in islice(said, size)]
        began, before = time.perf_counter(), time.process_time()
        batch = decoder.read_all(messages)
        between = time.process_time()
        accepted = accept(store, batch, memory, at=at, stages=stages)
        decoding, accepting = decoding + between - before, accepting + time.process_time() - between
        took += time.perf_counter() - began
        assert accepted.stored == size
    each = 1e6 / (READINGS // size * size)
    by_stage = ", ".join(f"{stage} {each * entry['cpu_seconds']:.2f}" for stage, entry in stages.as_json().items())
    return [size, f"{1e6 / each / took:,.0f}", f"{each * decoding:.2f}", f"{each * accepting:.2f}", by_stage]


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pace_ceiling", description=__doc__)
    parser.add_argument("--profile", action="store_true", help="also which functions take the time")
    asked = parser.parse_args()
    profile = cProfile.Profile() if asked.profile else None
    with running_servers(durable=True) as services:
        where = district(services, DEVICES)
        said = payloads(int(time.time()))
        own = connect(where.url, announce=lambda *_: None, pool_size=2, name="bench-ceiling")
        with closing(own) as store, profile or nullcontext():
            rows = [measure(where, store, said, size) for size in SIZES]
    print(table(["batch", "readings/s", "decode CPU µs", "accept CPU µs", "CPU µs by stage"], rows))
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(PROFILED)


def _unpacked(played: Round, second: int) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of every packet of a round; the remaining length takes two bytes."""
    for place in range(len(played)):
        packet = played.cut(place, place + 1, second)
        end = 5 + int.from_bytes(packet[3:5], "big")
        yield packet[5:end].decode(), packet[end + 2 :]


if __name__ == "__main__":
    main()
