"""A row of the file becomes an entry of the register, with a finding for everything in it that could not be taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from stdnum.cn import uscc

from domain.coordinates import Datum, Point, to_wgs84
from domain.equipment import KINDS
from services.registry_import.cells import MOST_EXACT, Column, ErrorValue, Formula, Padded, Raw, Value, plain, read
from services.registry_import.districts import District
from services.registry_import.fields import EXTRA, VARIETY_KINDS
from services.registry_import.findings import BadCell, Finding, Reason, quote
from services.registry_import.layout import Layout, Placed
from services.registry_import.mapping import Bounds

ROLES: Final = ("use_unit", "maintenance_unit", "maker", "installer")
APART: Final = frozenset({"code", "kind", "site", "street", "lng", "lat", *ROLES, *(f"{role}_code" for role in ROLES)})
LONGEST_KEY: Final = 64
SCIENTIFIC: Final = re.compile(r"\d[.,]\d+[Ee]\+?\d+|\d+[Ee]\+\d+", re.ASCII)  # 3.1103E+19: a spreadsheet saved it; 1E217 is a key
NOT_IN_A_KEY: Final = re.compile(r"[/+#=\"']")  # MQTT's own marks (the key is a topic segment), and what is left of ="0123" or '0123


@lru_cache(maxsize=65_536)
def _valid(credit_code: str) -> bool:
    return bool(uscc.is_valid(credit_code))


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit as the row names it; `credit_code` as given, `valid` after GB 32100."""

    name: str
    credit_code: str | None = None

    @property
    def valid(self) -> bool:
        """Whether the credit code's check character is right."""
        return self.credit_code is not None and _valid(self.credit_code)


@dataclass(frozen=True, slots=True)
class Entry:
    """One machine as the file describes it: only what the row says, by column of `equipment`."""

    row: int
    code: str
    kind: str
    values: Mapping[str, Value]
    extra: Mapping[str, Value]
    units: Mapping[str, NamedUnit]
    site: str | None

    def same_as(self, other: Entry) -> bool:
        """Whether two rows say the same."""
        mine, others = ((e.kind, e.values, e.extra, e.units, e.site) for e in (self, other))
        return mine == others


@dataclass(frozen=True, slots=True)
class Terms:
    """What every row is read under."""

    kind: str | None
    datum: Datum
    bounds: Bounds | None
    district: District
    vendors: frozenset[str]
    at: date


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one file in order; it remembers what a blank cell repeats, and collects findings."""

    layout: Layout
    terms: Terms
    findings: list[Finding] = field(default_factory=list)
    _above: dict[str, Raw] = field(default_factory=dict)

    def entry(self, number: int, row: tuple[Raw, ...]) -> Entry | None:
        """The entry of a row; None where the row is refused."""
        raws = {name: self._raw(placed, row) for name, placed in self.layout.fields.items()}
        if len(row) < self.layout.width or any(cell != "" for cell in row[self.layout.width :]):
            self._find(number, "", f"{len(row)}", Reason.WRONG_WIDTH, f"{self.layout.width}")
            return None
        code = self._code(number, raws)
        if code is None:
            return None
        values = {name: value for name, placed in self.layout.fields.items() if (value := self._value(number, placed, raws)) is not None}
        kind = self._kind(raws, values)
        if kind is None:
            self._find(number, self.layout.header("kind"), raws.get("kind", ""), Reason.NO_KIND)
            return None
        point = self._point(number, raws, values)
        position = {"lng": point.lng, "lat": point.lat} if point else {}
        street = self._street(number, point, values)
        facts = {name: value for name, value in values.items() if name not in APART and not name.startswith(EXTRA)}
        return Entry(
            row=number,
            code=code,
            kind=kind,
            values=self._derived(facts) | position | ({"street_code": street} if street else {}),
            extra={name.removeprefix(EXTRA): value for name, value in values.items() if name.startswith(EXTRA)},
            units={role: unit for role in ROLES if (unit := self._unit(number, role, values))},
            site=str(values.get("site") or values.get("address") or "") or None,
        )

    def _kind(self, raws: Mapping[str, Raw], values: Mapping[str, Value]) -> str | None:
        """The kind the row names, else the one its variety belongs to, else, where the row says nothing, the commission's."""
        named = values.get("kind")
        if named in KINDS:
            return str(named)
        return VARIETY_KINDS.get(str(values.get("category_code"))) or (self.terms.kind if raws.get("kind", "") == "" else None)

    def _raw(self, placed: Placed, row: tuple[Raw, ...]) -> Raw:
        cells = [row[position] if position < len(row) else "" for position in placed.positions]
        raw = cells[0] if len(cells) == 1 else _joined(cells, placed.column)
        if placed.column.fill_down:
            if raw == "":
                return self._above.get(placed.name, "")
            self._above[placed.name] = raw
        return raw

    def _value(self, number: int, placed: Placed, raws: Mapping[str, Raw]) -> Value | None:
        if placed.name == "code":
            return None
        raw = raws[placed.name]
        try:
            value = read(placed.reader, raw, placed.column, at=self.terms.at)
        except BadCell as bad:
            self._find(number, placed.header, raw, bad.reason, bad.detail)
            return None
        if isinstance(raw, Formula) and value is not None:
            self._find(number, placed.header, raw, Reason.FORMULA_KEPT)
        if placed.name == "monitor_vendor" and value is not None and value not in self.terms.vendors:
            self._find(number, placed.header, raw, Reason.UNKNOWN_VENDOR)
            return None
        return value

    def _code(self, number: int, raws: Mapping[str, Raw]) -> str | None:
        """The key, unchanged; a lift without one is known by its maker's credit code and factory number (architecture.md §3)."""
        name, raw = "code", raws.get("code", "")
        if "code" in self.layout.fields and raw in self.layout.fields["code"].column.absent:
            raw = ""
        maker, factory = raws.get("maker_code", ""), raws.get("factory_number", "")
        if raw == "" and not _part_fault(maker) and not _part_fault(factory):
            name, raw = "factory_number", f"{plain(maker)}-{plain(factory)}"
        header, reason = self.layout.header(name), _key_fault(raw)
        if reason is not None:
            self._find(number, header, raw, reason)
            return None
        if isinstance(raw, int | float) and not isinstance(raw, Padded):
            self._find(number, header, raw, Reason.NUMERIC_KEY)
        return plain(raw)

    def _point(self, number: int, raws: Mapping[str, Raw], values: Mapping[str, Value]) -> Point | None:
        lng, lat = values.get("lng"), values.get("lat")
        if not isinstance(lng, float) or not isinstance(lat, float):
            if (lng is None) != (lat is None) and (raws.get("lng", "") == "" or raws.get("lat", "") == ""):
                self._find_position(number, raws, Reason.HALF_A_POSITION)
            return None
        try:
            point = to_wgs84(Point(lng, lat), self.terms.datum)
        except ValueError:
            self._find_position(number, raws, Reason.OFF_THE_GLOBE)
            return None
        if (lng, lat) == (0, 0) or not _inside(point, self.terms.bounds):
            self._find_position(number, raws, Reason.OUTSIDE_BOUNDS)
            return None
        return point

    def _street(self, number: int, point: Point | None, values: Mapping[str, Value]) -> str | None:
        """The street of the point; the named one counts only where there is no point."""
        name = values.get("street")
        named = self.terms.district.street_named(str(name)) if name else None
        if name and not named:
            self._find(number, self.layout.header("street"), str(name), Reason.UNKNOWN_STREET)
        if point is None:
            return named
        found = self.terms.district.street_at(point)
        if found is None:
            self._find(number, self.layout.header("lng"), f"{point.lng:.6f}, {point.lat:.6f}", Reason.IN_NO_STREET)
        elif named and named != found:
            self._find(number, self.layout.header("street"), str(name), Reason.STREET_DIFFERS, found)
        return found

    def _unit(self, number: int, role: str, values: Mapping[str, Value]) -> NamedUnit | None:
        name, code = values.get(role), values.get(f"{role}_code")
        if name is None:
            if code is not None:
                self._find(number, self.layout.header(f"{role}_code"), str(code), Reason.UNNAMED_UNIT)
            return None
        unit = NamedUnit(str(name), str(code) if code is not None else None)
        if code is not None and not unit.valid:
            self._find(number, self.layout.header(f"{role}_code"), str(code), Reason.BAD_CREDIT_CODE)
        return unit

    @staticmethod
    def _derived(facts: dict[str, Value]) -> dict[str, Value]:
        """A lift in a residential place is residential unless the row says otherwise."""
        return {"residential": facts["place_kind"] == "residential"} | facts if "place_kind" in facts else facts

    def _find(self, number: int, header: str, raw: Raw, reason: Reason, detail: str = "") -> None:
        self.findings.append(Finding(number, header, quote(raw), reason, detail))

    def _find_position(self, number: int, raws: Mapping[str, Raw], reason: Reason) -> None:
        for name in ("lng", "lat"):
            self._find(number, self.layout.header(name), raws.get(name, ""), reason)


def entries(reader: RowReader, rows: Iterator[tuple[int, tuple[Raw, ...]]]) -> tuple[list[Entry], int]:
    """The entries, one per key, and how many rows there were.

    A key on several rows that differ is refused on all of them: nobody can say which one is right.
    """
    by_code: dict[str, Entry] = {}
    torn: dict[str, Entry] = {}
    count = 0
    for number, row in rows:
        count += 1
        entry = reader.entry(number, row)
        if entry is None:
            continue
        first = by_code.setdefault(entry.code, entry)
        if first is entry:
            continue
        same = first.same_as(entry)
        torn |= {} if same else {entry.code: first}
        reason = Reason.REPEATED_ROW if same else Reason.CONFLICTING_ROWS
        reader.findings.append(Finding(number, reader.layout.header("code"), entry.code, reason, str(first.row)))
    for code, first in torn.items():
        del by_code[code]
        reader.findings.append(Finding(first.row, reader.layout.header("code"), code, Reason.CONFLICTING_ROWS, str(first.row)))
    return list(by_code.values()), count


def _joined(cells: list[Raw], column: Column) -> Raw:
    """Several columns as one text; an error value among them spoils it."""
    spoilt = next((cell for cell in cells if isinstance(cell, ErrorValue)), None)
    if spoilt is not None:
        return spoilt
    parts = [text for cell in cells if (text := plain(cell)) and text not in column.absent]
    return column.join.join(parts)


def _key_fault(raw: Raw) -> Reason | None:
    """What is wrong with a key; one without any digit is a total or a heading."""
    fault = _part_fault(raw)
    if fault is None and not any(character.isdigit() for character in plain(raw)):
        return Reason.UNUSABLE_KEY
    return fault


def _part_fault(raw: Raw) -> Reason | None:
    if raw == "":
        return Reason.NO_KEY
    if isinstance(raw, bool | date | Formula | ErrorValue):
        return Reason.UNUSABLE_KEY
    if isinstance(raw, int | float):
        return Reason.DIGITS_LOST if abs(raw) >= MOST_EXACT or raw != int(raw) or raw < 0 else None
    if SCIENTIFIC.fullmatch(raw):
        return Reason.DIGITS_LOST
    usable = raw.isprintable() and len(raw) <= LONGEST_KEY and not NOT_IN_A_KEY.search(raw)
    return None if usable else Reason.UNUSABLE_KEY


def _inside(point: Point, bounds: Bounds | None) -> bool:
    if bounds is None:
        return True
    west, south, east, north = bounds
    return west <= point.lng <= east and south <= point.lat <= north
