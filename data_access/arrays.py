"""numpy columns as PostgreSQL's binary arrays: a statement takes thousands of values without a loop in Python."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format

POSTGRES_EPOCH_US: Final = 946_684_800_000_000  # 2000-01-01 as microseconds of Unix
_HEAD: Final = struct.Struct(">iiIii")  # dimensions, no nulls, element type, length, lower bound
_TYPES: Final = {"int2": (21, 1005, ">i2"), "int4": (23, 1007, ">i4"), "float4": (700, 1021, ">f4"), "timestamptz": (1184, 1185, ">i8")}
_BYTEA: Final = (17, 1001)


class Array:
    """One array parameter, encoded; pass it to a psycopg cursor."""

    __slots__ = ("data", "oid")

    def __init__(self, data: bytes, oid: int) -> None:
        self.data = data
        self.oid = oid


def array_of(values: NDArray[Any], kind: str) -> Array:
    """An array of int2, int4, float4, or of timestamptz from microseconds of Unix."""
    element, oid, code = _TYPES[kind]
    cells = np.empty(len(values), [("size", ">i4"), ("value", code)])
    cells["size"] = cells.dtype["value"].itemsize
    cells["value"] = values - POSTGRES_EPOCH_US if kind == "timestamptz" else values
    return Array(_HEAD.pack(1, 0, element, len(values), 1) + cells.tobytes(), oid)


def bytes_of(records: NDArray[Any]) -> Array:
    """An array of bytea: each record as its bytes."""
    size = records.dtype.itemsize
    cells = np.empty(len(records), [("size", ">i4"), ("value", f"V{size}")])
    cells["size"] = size
    cells["value"] = np.ascontiguousarray(records).view(f"V{size}")
    return Array(_HEAD.pack(1, 0, _BYTEA[0], len(records), 1) + cells.tobytes(), _BYTEA[1])


class ArrayDumper(Dumper):
    """Hands an `Array` to psycopg as it is."""

    format = Format.BINARY

    def get_key(self, obj: Array, format: PyFormat) -> Any:  # noqa: A002 psycopg's own name
        """One dumper an element type."""
        return (self.cls, obj.oid)

    def upgrade(self, obj: Array, format: PyFormat) -> ArrayDumper:  # noqa: A002 psycopg's own name
        """The dumper of this element type."""
        dumper = ArrayDumper(self.cls)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: Array) -> Buffer | None:
        """The bytes on the wire."""
        return obj.data


def register(connection: psycopg.Connection[Any]) -> None:
    """Let this connection's cursors take arrays."""
    connection.adapters.register_dumper(Array, ArrayDumper)
