"""A stretch of network that can be cut: TCP through a loopback port, which hangs, refuses or breaks connections when told to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Thread
from typing import Final
from urllib.parse import urlsplit, urlunsplit

_CHUNK: Final = 1 << 16
_AT_ONCE: Final = struct.pack("ii", 1, 0)  # SO_LINGER 0: close with a reset


class Way(StrEnum):
    """What the stretch does with bytes and newcomers."""

    OPEN = "open"
    SILENT = "silent"  # a black hole: nothing is said, nothing arrives, nothing is lost for good
    REFUSED = "refused"


class Proxy:
    """One listening port in front of one server; made by `in_front_of`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._stopped = asyncio.Event()
        self._refusing = False
        self._links: set[asyncio.StreamWriter] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def turn(self, way: Way) -> None:
        """Change the way for the links that are and those that come; refusing also ends those that are."""
        self._call(self._turn, way)

    def reset(self) -> None:
        """Break every link there is."""
        self._call(self._break)

    def run(self) -> None:
        """Serve until `stop`."""
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def stop(self) -> None:
        """End `run`, and with it every link."""
        self._call(self._stopped.set)

    async def _serve(self) -> None:
        self._open.set()
        server = await asyncio.start_server(self._link, sock=self._listener)
        await self._stopped.wait()
        server.close()
        self._turn(Way.REFUSED)
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)

    def _turn(self, way: Way) -> None:
        self._refusing = way is Way.REFUSED
        if self._refusing:
            self._break()
        self._open.clear() if way is Way.SILENT else self._open.set()

    def _break(self) -> None:
        for writer in list(self._links):
            _reset(writer)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        ends = {writer, far_writer}
        self._links |= ends
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._links -= ends

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(_CHUNK):
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass  # the other end is gone: so is this one
        finally:
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    link = writer.get_extra_info("socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


@contextmanager
def in_front_of(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy in front of the server a URL names, and the URL by way of it."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 0)
    thread = Thread(target=proxy.run, name=f"proxy-{parts.scheme}")
    thread.start()
    account = f"{parts.username or ''}:{parts.password}@" if parts.password else ""
    try:
        yield proxy, urlunsplit(parts._replace(netloc=f"{account}127.0.0.1:{proxy.port}"))
    finally:
        proxy.stop()
        thread.join()
