"""An hour of one machine's readings as one compressed value, and back, byte for byte.

A chunk is a version byte and a zlib stream (with its checksum) of a head, the names of the vendors, the data of the first reading,
so that it can be had without the rest, and then columns as byte planes, the highest byte of all readings first. Times of sampling
are stored as changes of their own gap, arrivals as the delay after sampling, both zigzag; one vendor or one size for all needs no
column. Data stays as it was packed, whatever its layout: planes of steady bytes compress to nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = 1
LEVEL: Final = 6
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's own
MICROSECOND: Final = timedelta(microseconds=1)
HEAD: Final = struct.Struct(">IHHHqqHH")  # readings, width, size of all, bytes of vendors' names; first: sampled, delay, vendor, size
BEGINNING: Final = 512  # bytes that hold the head and the first reading, unless vendors' names are uncommonly long
MIXED: Final = 0xFFFF  # the sizes differ and follow as a column

Times = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class NotAChunk(ValueError):
    """The bytes are no chunk of a known version, or are damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Readings of one machine, column by column. Times are microseconds since 2000; `data` has a row for each, padded with zeros."""

    sampled: Times
    received: Times
    vendor: NDArray[np.uint16]  # place in `vendors`
    vendors: tuple[str, ...]
    size: NDArray[np.uint16]  # bytes of each row of data
    data: Bytes

    def __len__(self) -> int:
        return len(self.sampled)

    def rows(self, chosen: Sequence[int] | NDArray[np.intp] | None = None) -> list[tuple[datetime, datetime, str, bytes]]:
        """(sampled_at, received_at, vendor, packed data) of the chosen readings, or of all."""
        places = range(len(self)) if chosen is None else [int(place) for place in chosen]
        return [
            (
                instant(int(self.sampled[place])),
                instant(int(self.received[place])),
                self.vendors[self.vendor[place]],
                self.data[place, : self.size[place]].tobytes(),
            )
            for place in places
        ]

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Block:
        """The chosen readings, in that order."""
        return Block(self.sampled[chosen], self.received[chosen], self.vendor[chosen], self.vendors, self.size[chosen], self.data[chosen])


def block(sampled: bytes, received: bytes, vendors: Sequence[str], sizes: bytes, data: bytes) -> Block:
    """A block of what PostgreSQL sends: times as 8 bytes, sizes as 2, data end to end; one vendor for all, or one for each."""
    size = np.frombuffer(sizes, ">u2").astype(np.uint16)
    names = tuple(dict.fromkeys(vendors))
    if len(vendors) == 1:
        place = np.zeros(len(size), np.uint16)
    else:
        number = {name: index for index, name in enumerate(names)}
        place = np.array([number[name] for name in vendors], np.uint16)
    return Block(_times(sampled), _times(received), place, names, size, _matrix(size, np.frombuffer(data, np.uint8)))


def encode(block: Block) -> bytes:
    """The chunk of a block of one reading at least."""
    count, width = block.data.shape
    names = "\n".join(block.vendors).encode()
    uniform = bool((block.size == block.size[0]).all())
    delays = block.received - block.sampled
    first, size = int(block.sampled[0]), int(block.size[0])
    columns = [
        HEAD.pack(count, width, size if uniform else MIXED, len(names), first, int(delays[0]), int(block.vendor[0]), size),
        names,
        block.data[0].tobytes(),
        _planes(_zigzag(np.diff(np.diff(block.sampled, prepend=first), prepend=0))),
        _planes(_zigzag(delays)),
        _planes(block.vendor) if len(block.vendors) > 1 else b"",
        b"" if uniform else _planes(block.size),
        block.data.T.tobytes(),
    ]
    return bytes([VERSION]) + zlib.compress(b"".join(columns), LEVEL)


def decode(chunk: bytes) -> Block:
    """The block of a chunk. Raises NotAChunk."""
    try:
        return _read(zlib.decompress(_stream(chunk)))
    except (zlib.error, struct.error, ValueError) as error:
        raise NotAChunk("damaged") from error


def first(chunk: bytes) -> Block:
    """The first reading of a chunk alone, at a tenth of the cost; the rest, and so the checksum, is not looked at. Raises NotAChunk."""
    try:
        beginning = zlib.decompressobj().decompress(_stream(chunk), BEGINNING)
        _, width, _, named, sampled, delay, vendor, size = HEAD.unpack_from(beginning)
        if HEAD.size + named + width > len(beginning):
            return decode(chunk).take(np.array([0]))
        reader = _Reader(beginning, HEAD.size)
        names = _names(reader.take(named))
        data = reader.take(width).reshape(1, width)
    except (zlib.error, struct.error, ValueError) as error:
        raise NotAChunk("damaged") from error
    one = np.array([sampled])
    return Block(one, one + delay, np.array([vendor], np.uint16), names, np.array([size], np.uint16), data)


def joined(blocks: Sequence[Block]) -> Block:
    """Several blocks, one at least, end to end."""
    names = tuple(dict.fromkeys(name for one in blocks for name in one.vendors))
    places = [np.array([names.index(name) for name in one.vendors], np.uint16)[one.vendor] for one in blocks]
    width = max(one.data.shape[1] for one in blocks)
    return Block(
        np.concatenate([one.sampled for one in blocks]),
        np.concatenate([one.received for one in blocks]),
        np.concatenate(places),
        names,
        np.concatenate([one.size for one in blocks]),
        np.concatenate([_widened(one.data, width) for one in blocks]),
    )


def same(one: Block, other: Block) -> bool:
    """Whether two blocks say the same, reading by reading."""
    return len(one) == len(other) and bool(_alike(one, other).all()) and bool((_vendor_of(one) == _vendor_of(other)).all())


def merge(known: Block, more: Block) -> tuple[Block, NDArray[np.intp]]:
    """Both, in the order of sampling; and the places in `more` that say something else of an instant that is known.

    The known reading wins. One that says the same again is left out, whenever it arrived.
    """
    if not len(known):
        return more.take(np.argsort(more.sampled, kind="stable")), np.empty(0, np.intp)
    at = np.minimum(np.searchsorted(known.sampled, more.sampled), len(known) - 1)
    again = known.sampled[at] == more.sampled
    repeated = np.flatnonzero(again)
    differ = repeated[~_data_alike(known.take(at[repeated]), more.take(repeated))]
    whole = joined((known, more.take(~again)))
    return whole.take(np.argsort(whole.sampled, kind="stable")), differ


def covers(whole: Block, part: Block) -> bool:
    """Whether every reading of `part` is in `whole`, which is sorted: its instant with its data, whenever it arrived."""
    if not len(part) or not len(whole):
        return not len(part)
    found = whole.take(np.minimum(np.searchsorted(whole.sampled, part.sampled), len(whole) - 1))
    return bool((found.sampled == part.sampled).all() and _data_alike(found, part).all())


def micros(moment: datetime) -> int:
    """Microseconds since 2000."""
    return (moment - EPOCH) // MICROSECOND


def instant(number: int) -> datetime:
    """The time so many microseconds after 2000 began."""
    return EPOCH + timedelta(0, 0, number)


def _stream(chunk: bytes) -> memoryview:
    if chunk[:1] != bytes([VERSION]):
        raise NotAChunk(f"version {chunk[:1].hex() or 'missing'}")
    return memoryview(chunk)[1:]


def _names(text: Bytes) -> tuple[str, ...]:
    return tuple(text.tobytes().decode().split("\n"))


def _read(body: bytes) -> Block:
    count, width, uniform, named, begins, *_ = HEAD.unpack_from(body)
    reader = _Reader(body, HEAD.size)
    names = _names(reader.take(named))
    reader.take(width)
    gaps, delays = (_unzigzag(reader.column(count, 8).view(np.int64)) for _ in range(2))
    vendor = reader.column(count, 2).view(np.uint16) if len(names) > 1 else np.zeros(count, np.uint16)
    size = reader.column(count, 2).view(np.uint16) if uniform == MIXED else np.full(count, uniform, np.uint16)
    sampled = begins + np.cumsum(np.cumsum(gaps))
    return Block(sampled, sampled + delays, vendor, names, size, reader.take(width * count).reshape(width, count).T)


@dataclass(slots=True)
class _Reader:
    body: bytes
    at: int

    def take(self, size: int) -> Bytes:
        taken = np.frombuffer(self.body, np.uint8, size, self.at)
        self.at += size
        return taken

    def column(self, count: int, width: int) -> Bytes:
        """The planes of integers, put together again in the machine's own order of bytes."""
        return self.take(count * width).reshape(width, count)[::-1].T.copy().reshape(-1)


def _planes(numbers: NDArray[np.signedinteger] | NDArray[np.unsignedinteger]) -> bytes:
    width = numbers.dtype.itemsize
    return numbers.astype(numbers.dtype.newbyteorder(">")).view(np.uint8).reshape(-1, width).T.tobytes()


def _zigzag(numbers: Times) -> Times:
    """Small negative numbers become small positive ones, whose upper planes are zeros."""
    return (numbers << 1) ^ (numbers >> 63)


def _unzigzag(numbers: Times) -> Times:
    return (numbers.view(np.uint64) >> np.uint64(1)).view(np.int64) ^ -(numbers & 1)


def _times(sent: bytes) -> Times:
    return np.frombuffer(sent, ">i8").astype(np.int64)


def _matrix(size: NDArray[np.uint16], data: Bytes) -> Bytes:
    width = int(size.max(initial=0))
    if (size == width).all():
        return data.reshape(len(size), width)
    matrix = np.zeros((len(size), width), np.uint8)
    matrix[np.arange(width) < size[:, None]] = data
    return matrix


def _vendor_of(block: Block) -> NDArray[np.str_]:
    return np.array(block.vendors)[block.vendor]


def _alike(one: Block, other: Block) -> NDArray[np.bool_]:
    """Where two blocks of one length have the same times and data."""
    in_time: NDArray[np.bool_] = np.equal(one.sampled, other.sampled) & np.equal(one.received, other.received)
    return in_time & _data_alike(one, other)


def _data_alike(one: Block, other: Block) -> NDArray[np.bool_]:
    width = max(one.data.shape[1], other.data.shape[1])
    alike: NDArray[np.bool_] = np.all(_widened(one.data, width) == _widened(other.data, width), axis=1)
    alike &= one.size == other.size
    return alike


def _widened(data: Bytes, width: int) -> Bytes:
    return np.pad(data, ((0, 0), (0, width - data.shape[1]))) if data.shape[1] < width else data
