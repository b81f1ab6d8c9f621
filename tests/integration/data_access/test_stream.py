"""The live stream's log: followed as it happens, replayed after a break, silent while Redis is away."""

from __future__ import annotations

import asyncio
import time

import pytest
import redis

from data_access.stream import KEPT, KEY, News, StreamLog, StreamUnavailable
from tests.integration.data_access.district import AT

AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def log(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.delete(KEY)
    return StreamLog(redis_url)


async def _follow(log, last_id, *, until, then=None):
    """The news of a follower until `until` watches were heard; `then` runs once it listens."""
    heard = []
    async with asyncio.timeout(10):
        async for news in log.follow(last_id):
            if news is None:
                if then is not None:
                    then, run = None, then
                    run()
                continue
            heard.append(news)
            if sum(len(entry.versions) for entry in heard) >= until:
                return heard
    raise AssertionError


def test_a_follower_hears_what_happens_from_now_on(log):
    log.publish({"alarms": 1}, AT)

    [news] = asyncio.run(_follow(log, None, until=2, then=lambda: log.publish({"alarms": 2, "states": 7}, AT)))

    assert (news.versions, news.at) == ({"alarms": 2, "states": 7}, AT)


def test_a_follower_who_returns_misses_nothing(log):
    log.publish({"alarms": 1}, AT)
    [first] = asyncio.run(_follow(log, "0-0", until=1))
    log.publish({"alarms": 2}, AT)
    log.publish({"alarms": 3}, AT)

    heard = asyncio.run(_follow(log, first.id, until=2))

    assert [news.versions["alarms"] for news in heard] == [2, 3]


def test_a_replay_is_one_news_of_the_newest_versions(log):
    for number in range(1, 4):
        log.publish({"alarms": number, f"street:{number}:alarms": 1}, AT)
    first, *_, last = asyncio.run(_follow(log, "0-0", until=6))

    missed = asyncio.run(log.replay(first.id))
    nothing = asyncio.run(log.replay(last.id))

    assert missed == News(last.id, AT, {"alarms": 3, "street:2:alarms": 1, "street:3:alarms": 1})
    assert nothing.versions == {}


@pytest.mark.parametrize("last_id", ["1-1", "99999999999999-0", "", "junk", "1-1; DROP", "9" * 40 + "-1"])
def test_what_may_have_a_gap_is_not_replayed(log, last_id):
    log.publish({"alarms": 1}, AT)

    assert asyncio.run(log.replay(last_id)) is None


def test_a_flushed_redis_is_a_gap(log):
    log.publish({"alarms": 1}, AT)
    [first] = asyncio.run(_follow(log, "0-0", until=1))
    log._client.flushall()

    assert asyncio.run(log.replay(first.id)) is None


def test_the_log_is_bounded(log):
    for number in range(KEPT + 500):
        log.publish({"alarms": number}, AT)

    assert log._client.xlen(KEY) < KEPT + 200


def test_without_redis_writing_costs_nothing_and_reading_says_so(caplog):
    log = StreamLog(AWAY)
    began = time.monotonic()

    for number in range(100):
        log.publish({"alarms": number}, AT)

    assert time.monotonic() - began < 1
    assert [record.message for record in caplog.records] == ["stream_unavailable"]
    with pytest.raises(StreamUnavailable):
        asyncio.run(log.replay("1-1"))
    with pytest.raises(StreamUnavailable):
        asyncio.run(_follow(log, None, until=1))
    with pytest.raises(StreamUnavailable):
        log.ping()
