"""What an import did, for the person who ran it: a short summary to print and a CSV with every finding."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from locales import label, t
from services.registry_import.findings import Effect, Finding

COLUMNS: Final = ("row", "column", "raw", "code", "effect", "sentence")
DANGEROUS: Final = re.compile(r"[=+\-@\t\r](?!\d+([.,]\d+)?$)")  # a spreadsheet would run it


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one import, or what they would have been. `rows` counts rows with content below the header."""

    rows: int
    inserted: int
    changed: int
    unchanged: int
    refused: int
    findings: tuple[Finding, ...] = field(repr=False)
    written: bool = True  # False after a rehearsal or a strict stop
    stopped: bool = False  # by the strict rule


def summary(outcome: Outcome) -> Iterator[str]:
    """The lines to print, in the language in force."""
    figures = {name: getattr(outcome, name) for name in ("rows", "inserted", "changed", "unchanged", "refused")}
    yield t("registry.summary", **figures)
    if not outcome.written:
        yield t("registry.strict" if outcome.stopped else "registry.rehearsal")
    for (effect, reason), count in _counted(outcome.findings):
        yield t("registry.line", count=count, effect=label("registry.effect", effect), reason=t(f"registry.{reason}"))


def write_report(path: Path, findings: tuple[Finding, ...]) -> None:
    """A CSV that a spreadsheet opens as it should: UTF-8 with BOM, and no cell that it would run as a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([t(f"registry.report.{column}") for column in COLUMNS])
        for finding in findings:
            effect = label("registry.effect", finding.effect)
            row = "" if finding.row is None else finding.row
            writer.writerow(
                [row, *map(_harmless, (finding.column, finding.raw)), finding.reason.value, effect, _harmless(finding.sentence)]
            )


def _counted(findings: tuple[Finding, ...]) -> Iterator[tuple[tuple[Effect, str], int]]:
    counts = Counter((finding.effect, finding.reason.value) for finding in findings)
    order = list(Effect)
    return iter(sorted(counts.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1])))


def _harmless(text: str) -> str:
    return f"'{text}" if DANGEROUS.match(text) else text
