"""The fan-out: who is told what, how often, and what happens when a source goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
import pytest

from data_access.stream import News, StreamUnavailable
from domain.errors import StoreUnavailable
from domain.scope import ALL, Role, Scope
from web import hub
from web.hub import Hub, Viewer

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
DISTRICT, STREET = Scope(Role.BUREAU, ALL, None, ALL), Scope(Role.BUREAU, ("310107014",), None, ALL)
OWN, OTHER = "street:310107005:alarms", "street:310107014:alarms"


@dataclass
class Rows:
    """A source whose news the test writes; `None` in the queue is the loss of Redis."""

    news: asyncio.Queue[News | None] = field(default_factory=asyncio.Queue)
    rows: dict[str, int] = field(default_factory=dict)
    missed: News | None = None
    dead: set[str] = field(default_factory=set)
    moved: dict[str, Scope] = field(default_factory=dict)
    away: bool = False

    async def follow(self, last_id: str | None) -> AsyncIterator[News | None]:
        while (news := await self.news.get()) is not None:
            yield news
        raise StreamUnavailable

    async def replay(self, last_id: str) -> News | None:
        return self.missed

    def versions(self) -> Mapping[str, int]:
        if self.away:
            raise StoreUnavailable
        return self.rows

    def alive(self, tokens: Collection[str]) -> Mapping[str, Scope]:
        return dict.fromkeys(set(tokens) - self.dead, DISTRICT) | self.moved


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("PACE", 0.05), ("BEAT", 0.2), ("REREAD", 0.05), ("FALLBACK", 0.02), ("VERIFY", 0.02)):
        monkeypatch.setattr(hub, f"{name}_SECONDS", seconds)


def hears(*watches: str) -> frozenset[str]:
    return frozenset(watches)


def messages(frames: bytes, event: str | None = None) -> list[dict]:
    """The data of the frames of one event; plain messages when none is named."""
    found = []
    for block in frames.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields and fields.get("event") == event:
            found.append(orjson.loads(fields["data"]))
    return found


async def first(frames: AsyncIterator[bytes], event: str | None = None) -> dict:
    """The first message of an event, waited for."""
    async with asyncio.timeout(2):
        async for chunk in frames:
            if found := messages(chunk, event):
                return found[0]
    raise AssertionError("the stream ended")


def run(test: Callable[[Rows, Hub], object]) -> None:
    """Run one asynchronous test with a hub that has started."""

    async def body() -> None:
        source = Rows()
        started = Hub(source, clock=lambda: AT)
        await started.start()
        try:
            await test(source, started)
        finally:
            await started.stop()

    asyncio.run(body())


def test_a_viewer_hears_its_own_watches_only() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)

            source.news.put_nowait(News("1-0", AT, {OTHER: 7}))
            source.news.put_nowait(News("2-0", AT, {OWN: 3, OTHER: 8}))

            assert await first(frames) == {"id": "2-0", "at": "2026-11-20T06:00:00+00:00", "versions": {OWN: 3}}

    run(test)


def test_news_between_two_frames_is_told_as_one() -> None:
    viewer = Viewer("t", DISTRICT, hears(OWN, OTHER))

    viewer.tell(News("1-0", AT, {OWN: 1}))
    viewer.tell(News("2-0", AT, {OTHER: 5}))
    viewer.tell(News("3-0", AT, {OWN: 2}))

    frames = viewer.take()
    assert [m["versions"] for m in messages(frames)] == [{OWN: 2, OTHER: 5}]
    assert b"id: 3-0\n" in frames
    assert viewer.take() == b""


def test_a_viewer_is_told_at_most_once_in_a_pace() -> None:
    async def test(source: Rows, started: Hub) -> None:
        clock = asyncio.get_running_loop().time
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)
            source.news.put_nowait(News("1-0", AT, {OWN: 1}))
            await first(frames)
            began = clock()

            source.news.put_nowait(News("2-0", AT, {OWN: 2}))
            await first(frames)

            assert clock() - began >= hub.PACE_SECONDS * 0.9

    run(test)


def test_a_newcomer_is_told_the_present_versions() -> None:
    async def test(source: Rows, started: Hub) -> None:
        source.rows[OWN] = 41
        async with aclosing(started.frames(Viewer("early", DISTRICT, hears(OWN)))) as early:
            await first(early)

            async with aclosing(started.frames(Viewer("late", DISTRICT, hears(OWN)))) as late:
                assert (await first(late))["versions"] == {OWN: 41}

    run(test)


def test_a_viewer_who_returns_is_told_what_it_missed() -> None:
    async def test(source: Rows, started: Hub) -> None:
        source.missed = News("9-0", AT, {OWN: 9})
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)), since="3-0")) as frames:
            assert (await first(frames))["versions"] == {OWN: 9}

    run(test)


def test_a_viewer_who_missed_too_much_must_resync() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)), since="3-0")) as frames:
            assert await first(frames, "resync") == {}

    run(test)


def test_a_silent_stream_beats_with_the_server_time() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            assert messages(await anext(frames), "beat") == [{"at": "2026-11-20T06:00:00+00:00"}]

            assert await first(frames, "beat") == {"at": "2026-11-20T06:00:00+00:00"}

    run(test)


def test_without_redis_the_rows_keep_the_stream_alive() -> None:
    async def test(source: Rows, started: Hub) -> None:
        source.news.put_nowait(None)
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)

            source.rows[OWN] = 5

            assert (await first(frames))["versions"] == {OWN: 5}
            assert not started.following

    run(test)


def test_an_older_row_never_takes_a_version_back() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)
            source.news.put_nowait(News("1-0", AT, {OWN: 9}))
            assert (await first(frames))["versions"] == {OWN: 9}

            source.rows |= {OWN: 8}
            source.news.put_nowait(News("2-0", AT, {OWN: 10}))

            assert (await first(frames))["versions"] == {OWN: 10}

    run(test)


def test_the_loss_of_the_database_ends_no_stream() -> None:
    async def test(source: Rows, started: Hub) -> None:
        source.away = True
        async with aclosing(started.frames(Viewer("t", DISTRICT, hears(OWN)))) as frames:
            await first(frames, "beat")
            await first(frames, "beat")

            source.away = False
            source.rows[OWN] = 2

            assert (await first(frames))["versions"] == {OWN: 2}

    run(test)


def test_a_revoked_session_loses_its_stream() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("stolen", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)

            source.dead.add("stolen")

            async with asyncio.timeout(2):
                assert [chunk async for chunk in frames if not messages(chunk, "beat")] == []
        assert started.viewers == 0

    run(test)


def test_a_reader_who_may_see_something_else_loses_the_stream_of_before() -> None:
    async def test(source: Rows, started: Hub) -> None:
        async with aclosing(started.frames(Viewer("moved", DISTRICT, hears(OWN)))) as frames:
            await anext(frames)

            source.moved["moved"] = STREET

            async with asyncio.timeout(2):
                assert [chunk async for chunk in frames if not messages(chunk, "beat")] == []

    run(test)
