"""How names are found and sorted: pinyin, initials, and a normal form in which a search and a row meet."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

# 1弄2号, 1-2, 1 lane: what stands between the numbers of an address differs from register to register.
_ADDRESS_WORDS: Final = re.compile(r"(?<=\d)(?:弄|号楼|号|幢|栋|座|单元|室|层|楼|#|-|/|、|,|\.)+")
_SPACE: Final = re.compile(r"[\s_]+")
_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_NUMBER: Final = re.compile(r"[〇零一二三四五六七八九]+(?=弄|号|幢|栋|座|单元|室)")


@lru_cache(maxsize=65_536)
def initials(text: str) -> str:
    """The pinyin initials, lower case: 长寿路 → "csl"."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors=str.lower))


@lru_cache(maxsize=65_536)
def sort_key(text: str) -> str:
    """The full pinyin, one word per character, for sorting by "C" collation; numbers sort by value."""
    words = " ".join(lazy_pinyin(unicodedata.normalize("NFKC", text).lower()))
    return re.sub(r"\d+", lambda found: found[0].zfill(6), words)


def plain(text: str) -> str:
    """The normal form: full-width made narrow, lower case, one form for address words, no blanks."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    numbers = _CHINESE_NUMBER.sub(lambda found: found[0].translate(_DIGITS), narrow)
    return _SPACE.sub("", _ADDRESS_WORDS.sub("-", numbers))


def search_key(*, code: str, name: str, address: str, site: str = "") -> str:
    """What a search looks through: every text in its normal form, then the initials of the names."""
    return "\n".join(dict.fromkeys([plain(code), plain(name), plain(site), plain(address), initials(plain(name)), initials(plain(site))]))


def search_pattern(text: str) -> str:
    """A LIKE pattern (escape "\\\\") that finds `text` anywhere in a search key."""
    wanted = plain(text).rstrip("-")
    return "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%"
