"""Panels share answers: one computation per change among all, the old answer only where no new one can be had."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
import redis

from data_access.cache import PREFIX, Cached, PanelCache
from domain.errors import StoreUnavailable
from tests.integration.data_access.district import AT

AWAY = "redis://127.0.0.1:1/0"


class Query:
    """Something slow that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> object:
        self.asked += 1
        self.begun.set()
        assert self.may_end.wait(10)
        return {"asked": self.asked}


@pytest.fixture
def query():
    return Query()


@pytest.fixture
def caches(redis_url):
    """Two processes' caches on one Redis."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return PanelCache(redis_url), PanelCache(redis_url)


def _body(answer):
    return orjson.loads(answer.body)


def test_an_answer_is_computed_once_for_all_processes(caches, query):
    answers = [cache.get("k", 1, query, at=AT) for cache in (*caches, *caches)]

    assert query.asked == 1
    assert answers == [Cached(b'{"asked":1}', 1, AT)] * 4


def test_a_new_version_is_computed_again(caches, query):
    caches[0].get("k", 1, query, at=AT)

    answers = [cache.get("k", 2, query, at=AT) for cache in caches]

    assert [_body(answer) for answer in answers] == [{"asked": 2}] * 2


def test_a_reader_who_still_knows_the_old_version_gets_the_new_answer(caches, query):
    caches[0].get("k", 2, query, at=AT)

    assert caches[1].get("k", 1, query, at=AT).version == 2
    assert query.asked == 1


@pytest.mark.parametrize(("age", "asked"), [(59, 1), (60, 2)])
def test_an_answer_lasts_its_seconds(caches, query, age, asked):
    caches[0].get("k", 1, query, seconds=60, at=AT)

    for cache in caches:
        cache.get("k", 1, query, seconds=60, at=AT + timedelta(seconds=age))

    assert query.asked == asked


def test_keys_are_apart(caches, query):
    caches[0].get("one", 1, query, at=AT)
    caches[0].get("two", 1, query, at=AT)

    assert query.asked == 2


def test_a_stampede_asks_once_and_everybody_gets_the_new_answer(caches, query):
    caches[0].get("k", 1, query, at=AT)
    query.begun.clear()
    query.may_end.clear()
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(caches[n % 2].get, "k", 2, query, at=AT) for n in range(20)]
        assert query.begun.wait(10)
        query.may_end.set()
        answers = [future.result() for future in waiting]

    assert query.asked == 2
    assert {(answer.body, answer.fresh) for answer in answers} == {(b'{"asked":2}', True)}


def test_while_the_database_is_away_the_old_answer_stands(caches, query):
    caches[0].get("k", 1, query, at=AT)

    def away():
        raise StoreUnavailable

    later = AT + timedelta(seconds=90)
    answers = [cache.get("k", 2, away, at=later) for cache in caches]

    assert [(answer.body, answer.at, answer.fresh) for answer in answers] == [(b'{"asked":1}', AT, False)] * 2
    with pytest.raises(StoreUnavailable):
        caches[0].get("never asked", 1, away, at=AT)
    assert caches[1].get("k", 2, query, at=later).fresh


def test_a_defect_is_not_hidden_by_an_old_answer(caches, query):
    caches[0].get("k", 1, query, at=AT)

    with pytest.raises(ZeroDivisionError):
        caches[0].get("k", 2, lambda: 1 / 0, at=AT)

    assert caches[0].get("k", 2, query, at=AT).fresh


@pytest.mark.parametrize("away", [None, AWAY], ids=["not configured", "away"])
def test_without_redis_a_process_works_alone(query, away):
    cache = PanelCache(away)
    began = time.monotonic()

    for number in range(50):
        assert cache.get(f"k{number % 5}", 1, query, at=AT).fresh

    assert query.asked == 5
    assert time.monotonic() - began < 2


class Bomb:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a value from Redis was executed",))


@pytest.mark.parametrize("poison", [pickle.dumps(Bomb()), b"!" + pickle.dumps(Bomb()), b"junk", b"1 yesterday\n{}", b""], ids=range(5))
def test_nothing_from_redis_is_executed(caches, redis_url, query, poison):
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{PREFIX}k", poison)

    assert _body(caches[0].get("k", 1, query, at=AT)) == {"asked": 1}
