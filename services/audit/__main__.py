"""`python -m services.audit verify`: whether the audit log in the database of DATABASE_URL is as it was written."""

from __future__ import annotations

import argparse
import sys

from data_access.engine import Store
from locales import LANGUAGES, speaking, t
from services import audit
from services.commands import run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when the chain holds; 1 when it does not, or nobody could ask."""
    parser = argparse.ArgumentParser(prog="python -m services.audit", description=__doc__)
    parser.add_argument("what", choices=["verify"])
    parser.parse_args(arguments)
    return run(_verify, name="audit")


def _verify(store: Store) -> int:
    found = audit.verify(store)
    for language in LANGUAGES:
        with speaking(language):
            print(t("audit.whole", entries=found.entries) if found.broken_at is None else t("audit.broken", entry=found.broken_at))
    return 0 if found.broken_at is None else 1


if __name__ == "__main__":
    sys.exit(main())
