"""The advisory locks: no two with one key, and none besides."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from data_access.locks import Lock

ROOT = Path(__file__).parents[3]
ROOMS = ("data_access", "ingest", "services", "web", "stack", "simulator", "demo")
A_KEY_OF_ITS_OWN = re.compile(r"advisory\w*lock\(\s*[\d%{]|elected\((?!Lock\.|self\b)")


def test_no_two_locks_keep_each_other_out():
    assert [key for key, times in Counter(lock.value for lock in Lock.__members__.values()).items() if times > 1] == []


def test_every_key_is_one_of_the_list():
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert [path.name for path in sources if A_KEY_OF_ITS_OWN.search(path.read_text("utf-8"))] == []
