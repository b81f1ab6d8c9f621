"""What a message says, in Chinese, from what its order and its own words hold: the sentences are `notice.<template>` in locales."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from locales import catalogue, label, number, speaking, t, when

SPOKEN: Final = "zh_CN"  # the language of those who are told
CAUSES: Final = ("rule", "trigger", "behavior", "fault")
REASONS: Final = ("response", "suspend", "trigger", "dispatch_why", "close_reason")
"""Groups of words that a reason can be one of; what is none of them was written by a person."""


def letter_text(row: Any) -> str:
    """The words of one message (a row of `outbox.letters`), signed, and marked in a drill."""
    with speaking(SPOKEN):
        words = t(f"notice.{'digest' if 'digest' in row.words else row.template}", **_values(row))
        return t("notice.sign", text=t("notice.drill", text=words) if row.drill else words)


def with_link(said: str, url: str | None) -> str:
    """The words as they leave: the link in its place, which is in no list and no table; without one nobody is asked to rate."""
    with speaking(SPOKEN):
        return said.replace(_ask(), "") if url is None else said.replace(t("notice.link"), url)


def _ask() -> str:
    return t("notice.ask", link=t("notice.link"))


def _values(row: Any) -> dict[str, object]:
    words: Mapping[str, Any] = row.words
    digest = words.get("digest") or {"kinds": [], "places": [], "count": words.get("count", "")}
    level = words.get("level") or row.level
    return {
        "number": row.number,
        "kind": label("order_kind", row.kind),
        "cause": _known(row.cause, CAUSES) if row.cause else label("order_kind", row.kind),
        "place": _place(row),
        "about": _about(row),
        "ask": _ask(),
        "level": label("level", level) if level else "",
        "since": when(row.occurred_at)[5:],
        "unit": row.unit or t("app.none"),
        "reason": _known(str(words.get("reason", "")), REASONS) or t("app.none"),
        "note": _sentence(words.get("note")),
        "words": _sentence(words.get("words")),
        "source": label("origin", str(words.get("source", ""))),
        "deadline": label("deadline", str(words.get("deadline", ""))),
        "task": label("plan_task", str(words.get("task", ""))),
        "minutes": words.get("minutes", ""),
        "count": digest["count"],
        "kinds": t("notice.comma").join(f"{label('order_kind', kind)} {number(count)}" for kind, count in digest["kinds"]),
        "places": t("notice.comma").join(digest["places"]) or _place(row),
    }


def _place(row: Any) -> str:
    """Where: the site and the machine there; people on their way need both."""
    if row.code is None:
        return t("notice.no_place")
    machine = row.machine or row.code
    return machine if not row.place or row.place in machine else f"{row.place}{t('notice.at')}{machine}"


def _about(row: Any) -> str:
    """What a citizen knows of it: the site, and what it was about."""
    cause = _known(row.cause, CAUSES) if row.cause else label("order_kind", row.kind)
    return t("notice.comma").join(part for part in (row.site, cause) if part)


def _known(word: str, groups: tuple[str, ...]) -> str:
    found: Callable[[str], str | None] = catalogue(SPOKEN).get
    return next((said for group in groups if (said := found(f"{group}.{word}"))), word)


def _sentence(said: object) -> str:
    """What a person wrote, ready to stand before another sentence."""
    text = str(said or "").strip()
    return text and (text if text.endswith(("。", "！", "？", ".")) else f"{text}。")
