"""Which unit a row means: one credit code is one unit, whatever it is called; without a valid code the name decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from services.registry_import.entries import Entry, NamedUnit
from services.registry_import.findings import Finding, Reason
from services.registry_import.layout import Layout


def credit_codes(entries: Sequence[Entry]) -> set[str]:
    """Every credit code of the file."""
    return {unit.credit_code for _, _, unit in _named(entries) if unit.credit_code}


def identify(entries: Sequence[Entry], stored: Mapping[str, str], layout: Layout) -> tuple[dict[NamedUnit, NamedUnit], list[Finding]]:
    """The unit behind each one the file names. `stored` gives the names the register already has, by credit code.

    A code that fails its check cannot tell two companies apart: the first name keeps it, another name goes without.
    """
    owners = dict(stored)
    codes_of: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, unit in _named(entries):
        if unit.credit_code:
            owners.setdefault(unit.credit_code, unit.name)
            codes_of[unit.name].add(unit.credit_code)
    meant: dict[NamedUnit, NamedUnit] = {}
    findings = []
    for entry, role, unit in _named(entries):
        if unit in meant:
            continue
        meant[unit] = _meant(unit, owners, codes_of[unit.name])
        if unit.credit_code and owners[unit.credit_code] != unit.name:
            reason = Reason.NAMED_OTHERWISE if unit.valid else Reason.SHARED_CREDIT_CODE
            findings.append(Finding(entry.row, layout.header(role), unit.name, reason, owners[unit.credit_code]))
    return meant, findings


def _meant(unit: NamedUnit, owners: Mapping[str, str], codes: set[str]) -> NamedUnit:
    code = unit.credit_code
    if code is None:
        only = next(iter(codes), None) if len(codes) == 1 else None
        return replace(unit, credit_code=only if only and owners[only] == unit.name else None)
    if owners[code] == unit.name:
        return unit
    return NamedUnit(owners[code], code) if unit.valid else NamedUnit(unit.name)


def _named(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str, NamedUnit]]:
    for entry in entries:
        for role, unit in entry.units.items():
            yield entry, role, unit
