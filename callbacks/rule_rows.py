"""What the rules page asks of the store: every threshold with its newest version, the versions of one, and its back-tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from callbacks.figures import street_names, vendor_titles
from data_access.engine import Tx
from data_access.queries import back_tests, rule_settings
from domain.back_test import tried_on
from domain.scope import GRANTS, Action, Scope
from domain.thresholds import THRESHOLDS

LARGEST: Final = 2**63 - 1


def rules(scope: Scope, tx: Tx, *, at: datetime, key: str = "") -> Any:
    """The table, and the chosen threshold with its versions."""
    newest = rule_settings.newest(scope, tx)
    chosen = key if key in THRESHOLDS else ""
    return {
        "rows": [_row(name, newest.get(name)) for name in sorted(THRESHOLDS)],
        "key": chosen,
        "versions": rule_settings.versions(scope, tx, key=chosen) if chosen else [],
        "kinds": tried_on(chosen) if chosen else (),
        "streets": street_names(scope, tx),
        "vendors": vendor_titles(scope, tx, at),
        "may_change": may_change(scope),
    }


def trials(scope: Scope, tx: Tx, *, at: datetime, key: str = "", test: str = "") -> Any:
    """The back-tests of the chosen threshold, and one of them with its result."""
    number = int(test) if test.isascii() and test.isdecimal() and len(test) < len(str(LARGEST)) else 0
    chosen = back_tests.by_id(scope, tx, number=number) if number else None
    return {
        "key": key,
        "chosen": chosen,
        "tests": back_tests.of_key(scope, tx, key=chosen.key if chosen else key),
        "streets": street_names(scope, tx),
        "vendors": vendor_titles(scope, tx, at),
    }


def may_change(scope: Scope) -> bool:
    """Whether the scope's role may change thresholds."""
    return Action.CHANGE_RULES in GRANTS.get(scope.role, frozenset())


def _row(key: str, newest: rule_settings.VersionRow | None) -> dict[str, Any]:
    threshold = THRESHOLDS[key]
    return {
        "key": key,
        "unit": threshold.unit,
        "default": threshold.default,
        "source": threshold.source,
        "value": newest.value if newest else threshold.default,
        "version": newest.version if newest else 0,
        "changed_at": newest.changed_at if newest else None,
        "changed_by": newest.changed_by if newest else "",
        "why": newest.why if newest else "",
    }
