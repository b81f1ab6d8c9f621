"""PostgreSQL refuses uid 0 and a user without a name: how a child gets another user then."""

from __future__ import annotations

import ctypes
import os
import platform
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from stack.errors import StackError

LINUX = platform.system() == "Linux"
_CLONE_NEWUSER = 0x10000000
_FALLBACK_USERS = ("postgres", "nobody")
_libc = ctypes.CDLL(None, use_errno=True)


class Mode(StrEnum):
    """How a child's user is chosen."""

    SELF = "self"  # not root: run as we are
    NAMESPACE = "namespace"  # an ordinary user inside a private user namespace, still ourselves and our own files outside
    DROP = "drop"  # root where namespaces are forbidden (many containers): another user of the machine


@dataclass(frozen=True, slots=True)
class Privilege:
    """The user a child runs as."""

    mode: Mode
    user: str | None = None

    @property
    def uid(self) -> int:
        """The owner its files must have, seen from outside."""
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()

    @property
    def gid(self) -> int:
        return pwd.getpwnam(self.user).pw_gid if self.user else os.getegid()

    @property
    def enter(self) -> Callable[[], None] | None:
        """What the child does before exec, if anything."""
        return _enter_namespace if self.mode is Mode.NAMESPACE else None

    @property
    def popen_options(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen that change the user."""
        return {"user": self.user, "group": self.gid, "extra_groups": []} if self.mode is Mode.DROP else {}


OURSELVES = Privilege(Mode.SELF)


def unprivileged(*, namespaces: bool | None = None) -> Privilege:
    """A privilege PostgreSQL accepts. `namespaces` overrides the probe (STACK_NO_USERNS=1 forbids them)."""
    known = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
    if os.geteuid() in known.keys() - {0}:
        return OURSELVES
    if namespaces is None:
        namespaces = LINUX and not os.environ.get("STACK_NO_USERNS") and _namespaces_work()
    if namespaces:
        return Privilege(Mode.NAMESPACE)
    for user in _FALLBACK_USERS:
        if os.geteuid() == 0 and user in known.values():
            return Privilege(Mode.DROP, user)
    raise StackError(
        "PostgreSQL 不能以本用户运行，本机又没有用户命名空间：请以普通用户运行，或设置 DATABASE_URL。"
        " PostgreSQL cannot run as this user, and there are no user namespaces: run as an ordinary user, or set DATABASE_URL."
    )


def own(path: Path, privilege: Privilege) -> None:
    """Give a tree to the privilege's user when it belongs to somebody else (it may come from another mode)."""
    if os.geteuid() != 0 or not path.exists():
        return
    if all(entry.stat().st_uid == privilege.uid for entry in (path, *path.iterdir())):
        return
    for entry in (path, *path.rglob("*")):
        os.chown(entry, privilege.uid, privilege.gid, follow_symlinks=False)


def reachable_by_others(path: Path) -> bool:
    """Whether another user may walk down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


def _enter_namespace() -> None:
    inner = min((entry for entry in pwd.getpwall() if entry.pw_uid != 0), key=lambda entry: entry.pw_uid)  # initdb wants a name
    outer = (os.geteuid(), os.getegid())
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inner.pw_uid} {outer[0]} 1"), ("gid_map", f"{inner.pw_gid} {outer[1]} 1")):
        Path("/proc/self", name).write_text(text)


def _namespaces_work() -> bool:
    try:
        return subprocess.run(["true"], preexec_fn=_enter_namespace, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
