"""How often a password may be wrong: five times from one address lock the name there, many more from everywhere lock it everywhere.

So nobody who only knows a name keeps its owner out, and nobody with many addresses has many guesses. A name that is no
account's is counted and locked like one that is: nobody learns which it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Tx
from data_access.repositories import sign_in_failures
from data_access.repositories.sign_in_failures import Failures

MOST_FAILURES: Final = 5  # from one address
MOST_EVERYWHERE: Final = 20
WITHIN: Final = timedelta(minutes=15)
LOCKED_FOR: Final = timedelta(minutes=15)
EVERYWHERE: Final = "*"


def locked_until(tx: Tx, username: str, *, address: str, at: datetime) -> datetime | None:
    """When a name may be tried again from an address; None when it may be now. Others who try the name wait for this transaction."""
    sign_in_failures.alone(tx, username)
    known = sign_in_failures.known(tx, username, (address, EVERYWHERE)).values()
    return max((failures.locked_until for failures in known if failures.locked_until and failures.locked_until > at), default=None)


def failed(tx: Tx, username: str, *, address: str, at: datetime) -> None:
    """Count a wrong password; the one too many locks."""
    limits = {EVERYWHERE: MOST_EVERYWHERE, address: MOST_FAILURES}
    known = sign_in_failures.known(tx, username, limits)
    for place, most in limits.items():
        sign_in_failures.keep(tx, username, place, _one_more(known.get(place), most, at))


def succeeded(tx: Tx, username: str, *, address: str) -> None:
    """Forget the wrong passwords from this address; those from everywhere run out by themselves."""
    sign_in_failures.forget(tx, username, place=address)


def _one_more(before: Failures | None, most: int, at: datetime) -> Failures:
    counted = before if before is not None and at - before.since < WITHIN else Failures(0, at)
    return Failures(0, at, at + LOCKED_FOR) if counted.count + 1 >= most else Failures(counted.count + 1, counted.since)
