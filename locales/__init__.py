"""Words, times and numbers as the reader's language writes them; queries and rules know no language."""

from __future__ import annotations

from locales.language import LANGUAGES, Language, language, speaking, use_language
from locales.numbers import number, percent
from locales.times import ago, clock, day, duration, when
from locales.words import catalogue, label, t

__all__ = [
    "LANGUAGES",
    "Language",
    "ago",
    "catalogue",
    "clock",
    "day",
    "duration",
    "label",
    "language",
    "number",
    "percent",
    "speaking",
    "t",
    "use_language",
    "when",
]
