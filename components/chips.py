"""Filters as links: every choice is an address, and the one in force is marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from components.links import to
from components.nodes import Node, figure, node, text
from locales import number, t

Params = Mapping[str, str]


def group(
    path: str,
    params: Params,
    name: str,
    title: str,
    choices: Iterable[tuple[str, str]],
    *,
    counts: Mapping[str, int] | None = None,
    tones: Mapping[str, str] | None = None,
) -> Node:
    """One filter: its title and a chip per (value, words), the first for "all"; choosing one forgets page and selection."""
    kept = {key: value for key, value in params.items() if key not in (name, "before", "page", "id", "pick", "focus")}
    chosen = params.get(name, "")
    chips = [_chip(to(path, **kept), t("filter.all"), "", current=not chosen)]
    for value, words in choices:
        count = counts.get(value) if counts is not None else None
        tone = tones.get(value) if tones else None
        chips.append(_chip(to(path, **{**kept, name: value}), words, value, current=chosen == value, count=count, tone=tone))
    return node("div", node("h3", text=title), node("div", *chips, cls="chips"), key=name, role="group", label=title)


def streets(path: str, params: Params, names: Mapping[str, str]) -> list[Node]:
    """The streets a reader may choose from, and 未定街镇; nothing where there is but his own."""
    if len(names) == 1:
        return []
    return [group(path, params, "street", t("filter.street"), [*names.items(), ("none", t("street.none"))])]


def active(path: str, params: Params, words: Mapping[str, str]) -> list[Node]:
    """Filters that came by a link and have no chips of their own: each can be taken away. Empty where nothing is filtered."""
    if not params:
        return []
    chips = []
    for name, said in words.items():
        kept = {key: value for key, value in params.items() if key not in (name, "before", "page", "id")}
        chips.append(node("a", text(said), node("i", text="", cls="bi bi-x"), cls="chip", current="true", href=to(path, **kept), key=name))
    chips.append(node("a", text=t("filter.reset"), cls="chip", href=path, key="reset"))
    return [node("div", node("h3", text=t("filter.active")), node("div", *chips, cls="chips"), key="active")]


def _chip(href: str, words: str, key: str, *, current: bool, count: int | None = None, tone: str | None = None) -> Node:
    kids = [*([node("i", text="")] if tone else []), text(words), *([figure(number(count))] if count is not None else [])]
    return node("a", *kids, cls="chip", key=key or "all", href=href, tone=tone, current="true" if current else "false")
