"""How a reading's values lie in `data`: one layout byte, then each field of the kind as a big-endian fixed-width integer.

The lowest code of a width means absent; a label is UTF-8 padded with zeros, absent as all 0xFF.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from domain.equipment import KINDS
from domain.equipment.kind import EquipmentKind, Field, Label, Value, Values

LAYOUT: Final = 1
INTEGERS: Final = {1: "b", 2: "h", 4: "i", 8: "q"}


@dataclass(frozen=True, slots=True)
class Codec:
    """The layout of one kind; made by `codec`."""

    layout: struct.Struct
    encoders: tuple[Callable[[Value], int | bytes], ...]
    decoders: tuple[Callable[[int | bytes], Value | None], ...]
    absent: tuple[int | bytes, ...]

    def pack(self, values: Values) -> bytes:
        """The stored bytes. Raises struct.error when the values are not of this kind."""
        codes = [
            absent if value is None else encode(value) for value, encode, absent in zip(values, self.encoders, self.absent, strict=True)
        ]
        return self.layout.pack(LAYOUT, *codes)

    def unpack(self, data: bytes) -> Values:
        """The values. Raises ValueError for another layout."""
        if data[0] != LAYOUT:
            raise ValueError(f"unknown layout {data[0]}")
        codes = self.layout.unpack(data)[1:]
        return tuple(decode(code) for code, decode in zip(codes, self.decoders, strict=True))


@cache
def codec(kind: str) -> Codec:
    """The codec of a kind, built once."""
    return _build(KINDS[kind])


@cache
def layout_of(kind: str) -> np.dtype[Any]:
    """The same layout as a numpy record: `layout`, then each field by its key."""
    return np.dtype([("layout", "u1"), *((field.key, _record(field)) for field in KINDS[kind].fields)])


def pack(kind: str, values: Values) -> bytes:
    """The stored bytes of one reading."""
    return codec(kind).pack(values)


def unpack(kind: str, data: bytes) -> Values:
    """The values of one stored reading."""
    return codec(kind).unpack(data)


def _build(kind: EquipmentKind) -> Codec:
    fields = kind.fields
    return Codec(
        layout=struct.Struct(">B" + "".join(_format(field) for field in fields)),
        encoders=tuple(_encoder(field) for field in fields),
        decoders=tuple(_decoder(field) for field in fields),
        absent=tuple(absent_code(field) for field in fields),
    )


def _format(field: Field) -> str:
    return f"{field.size}s" if isinstance(field, Label) else INTEGERS[field.size]


def _record(field: Field) -> str:
    return f"S{field.size}" if isinstance(field, Label) else f">i{field.size}"


def absent_code(field: Field) -> int | bytes:
    """What stands for "the device did not say"."""
    return b"\xff" * field.size if isinstance(field, Label) else -(1 << (8 * field.size - 1))


def _encoder(field: Field) -> Callable[[Value], int | bytes]:
    if isinstance(field, Label):
        return lambda value: str(value).encode()
    return field.encode


def _decoder(field: Field) -> Callable[[int | bytes], Value | None]:
    absent = absent_code(field)
    if isinstance(field, Label):
        return lambda code: None if code == absent else bytes(code).rstrip(b"\0").decode()
    decode = field.decode
    return lambda code: None if code == absent else decode(int(code))
