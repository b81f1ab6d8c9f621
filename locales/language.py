"""Which language the present request speaks: a context variable, Chinese unless somebody chose otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Language = Literal["zh_CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh_CN", "en")
HTML_LANG: Final[dict[Language, str]] = {"zh_CN": "zh-CN", "en": "en"}

_current: ContextVar[Language] = ContextVar("language", default="zh_CN")


def language() -> Language:
    """The language in force."""
    return _current.get()


def use_language(name: str) -> Language:
    """Speak `name` for the rest of this context; an unknown name (also "zh", "zh-CN") falls back to Chinese."""
    chosen: Language = "en" if name == "en" else "zh_CN"
    _current.set(chosen)
    return chosen


@contextmanager
def speaking(name: Language) -> Iterator[None]:
    """Speak `name` inside the block."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)
