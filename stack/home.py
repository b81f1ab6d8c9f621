"""The data directory of one installation: what lies where, and secrets that are made once and kept."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from stack.errors import StackError

PROJECT = Path(__file__).resolve().parent.parent
TOOLS = PROJECT / "var" / "tools"


@dataclass(frozen=True, slots=True)
class Home:
    """DIR of `--data DIR`: servers' files, `run/` (ports, secrets, services.json) and `log/`."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> Home:
        """The home below `root`, its folders made."""
        home = cls(root.expanduser().resolve())
        for folder in (home.root, home.run, home.logs):
            folder.mkdir(parents=True, exist_ok=True)
        home.run.chmod(0o700)
        return home

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    def lock(self) -> TextIO:
        """Take the directory for this process until it ends; children do not inherit the lock."""
        held = (self.run / "lock").open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise StackError(f"{self.root} 正被另一个 ./run 使用。Another ./run already uses {self.root}.") from exc
        return held

    def secret(self, name: str) -> str:
        """A random password of this installation: made at the first call, the same ever after."""
        return self.remember(f"{name}.secret", secrets.token_hex(16))

    def remember(self, name: str, default: str) -> str:
        """The text stored under `name` in run/, storing `default` when there is none yet."""
        path = self.run / name
        if not path.exists():
            write_private(path, default)
        return path.read_text("utf-8")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def write_private_json(path: Path, value: Any) -> None:
    """The value as indented JSON, readable by its owner only."""
    write_private(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")
