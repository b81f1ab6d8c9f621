"""How names are found and sorted: pinyin, initials, and a normal form in which a search and a row meet."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

import orjson
from pypinyin import Style, lazy_pinyin, load_phrases_dict

# 1弄2号, 1-2, 1 lane: what stands between the numbers of an address differs from register to register.
_ADDRESS_WORDS: Final = re.compile(r"(?<=\d)(?:弄|号楼|号|幢|栋|座|单元|室|层|楼|#|-|/|、|,|\.)+")
_NUMBER: Final = re.compile(r"(\d+)")
_SPACE: Final = re.compile(r"\s+")
_PLACES: Final = {"长风": ("cháng", "fēng"), "朝阳": ("cháo", "yáng")}
_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_NUMBER: Final = re.compile(r"[〇零一二三四五六七八九]+(?=弄|号|幢|栋|座|单元|室)")


def initials(text: str) -> str:
    """The pinyin initials, lower case: 长寿路 → "csl"."""
    return "".join(map(_initials, _NUMBER.split(text)))


def sort_key(text: str) -> str:
    """The full pinyin, one word per character, for sorting by "C" collation; numbers sort by value."""
    pieces = _NUMBER.split(unicodedata.normalize("NFKC", text).lower())
    return " ".join(piece.zfill(6) if piece.isdigit() else _syllables(piece) for piece in pieces if piece)


@lru_cache(maxsize=65_536)
def _initials(piece: str) -> str:
    """Of a piece without numbers inside: the machines of a site differ by numbers alone, so pieces come again and again."""
    _learn()
    return "".join(lazy_pinyin(piece, style=Style.FIRST_LETTER, errors=str.lower))


@lru_cache(maxsize=65_536)
def _syllables(piece: str) -> str:
    _learn()
    return " ".join(lazy_pinyin(piece))


@cache
def _learn() -> None:
    """Teach the dictionary the place names it misreads."""
    load_phrases_dict({name: [[syllable] for syllable in reading] for name, reading in _PLACES.items()})


def plain(text: str) -> str:
    """The normal form: full-width made narrow, lower case, one form for address words, no blanks."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    numbers = _CHINESE_NUMBER.sub(lambda found: found[0].translate(_DIGITS), _SPACE.sub("", narrow))
    return _ADDRESS_WORDS.sub("-", numbers)


def search_key(*texts: str, names: tuple[str, ...] = ()) -> str:
    """What a search looks through: every text and name in its normal form, then the initials of the names."""
    normal = [plain(text) for text in (*texts, *names)]
    return "\n".join(dict.fromkeys([*normal, *(initials(plain(name)) for name in names)]))


def storable(text: str) -> str:
    """Text from outside as PostgreSQL can keep it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def json_text(value: object) -> str:
    """JSON as PostgreSQL can keep it: no NUL, no half of a surrogate pair, NaN as null."""
    try:
        encoded = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half of a surrogate pair somewhere inside
        encoded = orjson.dumps(_storable(value), default=str, option=orjson.OPT_NON_STR_KEYS)
    return encoded.decode().replace("\\u0000", "\\ufffd")


def _storable(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
    return value


def search_pattern(text: str) -> str:
    """A LIKE pattern (escape "\\\\") that finds `text` anywhere in a search key."""
    wanted = plain(text).rstrip("-") or plain(text)
    return "%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%"
