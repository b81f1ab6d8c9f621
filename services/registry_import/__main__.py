"""`python -m services.registry_import FILE`: import a register into DATABASE_URL. Exit code 0 imported, 1 refused, 2 wrong call."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import settings
from data_access.engine import connect
from data_access.migrations import upgrade
from domain.coordinates import Datum
from domain.equipment import KINDS
from domain.errors import Invalid, PutuoError
from locales import LANGUAGES, speaking, t
from services.registry_import import (
    Commission,
    Outcome,
    RegisterMapping,
    import_register,
    load_district,
    load_mapping,
    summary,
    write_report,
)
from services.registry_import.findings import Refused
from services.registry_import.tables import LIMITS, read_bytes

SHIPPED: Final = Path(__file__).parent / "mappings"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    warnings.filterwarnings("ignore", module="openpyxl")  # it tells of styles and forged dates that are no matter here, or found anyway
    options = _options(arguments)
    try:
        outcome = _import(options)
    except PutuoError as refusal:
        print(*_said(refusal), sep="\n", file=sys.stderr)
        return 1
    if options.report:
        write_report(options.report, outcome.findings)
    print(*summary(outcome), sep="\n")
    return 1 if outcome.stopped else 0


def _import(options: argparse.Namespace) -> Outcome:
    deployment = settings.load()
    mapping = load_mapping(_found(options.mapping)) if options.mapping else RegisterMapping()
    content = read_bytes(options.file, LIMITS)
    commission = Commission(
        mapping=mapping,
        kind=options.kind,
        datum=Datum(options.datum or deployment.coord_datum),
        strict=options.strict,
        rehearsal=options.dry_run,
    )
    url = deployment.database_url.get_secret_value()
    upgrade(url)
    store = connect(url, name="registry_import")
    try:
        return import_register(store, content, commission, district=load_district(deployment.geo_dir), at=datetime.now(UTC))
    finally:
        store.close()


def _found(mapping: Path) -> Path:
    """A mapping file, or one of those shipped by its bare name."""
    shipped = SHIPPED / f"{mapping}.toml"
    return shipped if shipped.is_file() and not mapping.exists() else mapping


def _said(refusal: PutuoError) -> Iterator[str]:
    """One sentence in Chinese, then in English."""
    for language in LANGUAGES:
        with speaking(language):
            match refusal:
                case Refused():
                    yield refusal.sentence
                case Invalid():
                    yield f"{t('error.invalid')}: {refusal.data}"
                case _:
                    yield t(f"error.{refusal.code}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.registry_import", description="导入特种设备台账 Import an equipment register")
    parser.add_argument("file", type=Path, help="CSV or XLSX")
    parser.add_argument("--mapping", type=Path, help="mapping file (TOML), or the name of a shipped one")
    parser.add_argument("--kind", choices=sorted(KINDS), help="the kind of every row, where the file has no such column")
    parser.add_argument(
        "--datum", choices=[datum.value for datum in Datum], help="datum of the coordinates; default: the mapping, then PUTUO_COORD_DATUM"
    )
    parser.add_argument("--strict", action="store_true", help="refuse the whole file for one bad cell or row")
    parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
    parser.add_argument("--report", type=Path, help="write every finding to this CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
