"""Who may speak to the broker and about what: accounts, password file and access list, made from the vendor list."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from stack.errors import StackError
from stack.home import Home, write_private_json

# The data vendors of a new installation; run/vendors.json is the list that counts afterwards.
DEMONSTRATION_VENDORS = (("xzl", "迅智联"), ("htk", "沪梯康"), ("ydw", "云梯维"), ("shy", "申海云"), ("ckt", "叉控通"))
INGEST = "ingest"
ADMIN = "admin"
WEB = "web"  # vendors who push over HTTP speak through it
OWN = (INGEST, ADMIN, WEB)
_NAME = re.compile("[a-z][a-z0-9-]{0,31}")

# mosquitto_passwd's own default. Passwords here are 128 random bits, which more rounds would not make harder to guess,
# and the broker computes them in its one thread.
_ROUNDS = 101
_SALT_BYTES = 12

_INGEST_RULES = ("topic read pt/v1/#", "topic write pt/v1/+/+/+/command", "topic readwrite pt/v1/ingest/#", "topic read $SYS/#")
_WEB_RULES = ("topic deny pt/v1/ingest/#", "topic write pt/v1/#")
_ADMIN_RULES = ("topic readwrite #", "topic read $SYS/#")


@dataclass(frozen=True, slots=True)
class Vendor:
    """A data vendor: `name` is the topic segment; `username` and `password` are its broker account."""

    name: str
    title: str
    username: str
    password: str


def vendors(home: Home) -> tuple[Vendor, ...]:
    """The vendor list of this installation, with random passwords at the first call."""
    path = home.run / "vendors.json"
    if not path.exists():
        fresh = [Vendor(name, title, name, secrets.token_hex(16)) for name, title in DEMONSTRATION_VENDORS]
        write_private_json(path, [asdict(vendor) for vendor in fresh])
    return tuple(_checked(Vendor(**entry)) for entry in json.loads(path.read_text("utf-8")))


def password_file(accounts: Iterable[tuple[str, str]]) -> str:
    """Mosquitto's password file for (username, password) pairs."""
    return "".join(f"{username}:{_hashed(password)}\n" for username, password in accounts)


def access_list(known: Iterable[Vendor]) -> str:
    """A vendor writes below its own name only and reads only the commands to its own devices."""
    blocks = [_block(INGEST, _INGEST_RULES), _block(ADMIN, _ADMIN_RULES), _block(WEB, _WEB_RULES)]
    blocks += [_block(vendor.username, _vendor_rules(vendor.name)) for vendor in known]
    return "\n".join(blocks)


def _checked(vendor: Vendor) -> Vendor:
    """The vendor, unless its name could mean something else in a topic or an access list."""
    for name in (vendor.name, vendor.username):
        if not _NAME.fullmatch(name) or name in OWN:
            raise StackError(
                f"vendors.json：厂商名“{name}”无效，须为小写字母、数字和连字符。"
                f" vendors.json: {name!r} is no vendor name: lower-case letters, digits and hyphens, and none of {', '.join(OWN)}."
            )
    return vendor


def _vendor_rules(name: str) -> tuple[str, ...]:
    return (f"topic write pt/v1/{name}/#", f"topic read pt/v1/{name}/+/+/command")


def _block(username: str, rules: Iterable[str]) -> str:
    return "\n".join((f"user {username}", *rules, ""))


def _hashed(password: str) -> str:
    """Format 7 of the password file: PBKDF2-HMAC-SHA512."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
