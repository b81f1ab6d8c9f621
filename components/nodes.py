"""Drawings: what the browser puts into a panel's leaves, as plain values. The script that draws them makes elements by
name and sets texts; no markup travels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.links import own_href

Node = dict[str, object]
Drawing = str | dict[str, object]
Leaves = dict[str, Drawing]


def node(
    tag: str = "span",
    *kids: Node,
    text: str | None = None,
    cls: str | None = None,
    key: object = None,
    title: str | None = None,
    label: str | None = None,
    role: str | None = None,
    href: str | None = None,
    tone: str | None = None,
    since: str | None = None,
    focus: int | None = None,
    current: str | None = None,
    data: Mapping[str, object] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Node:
    """One element: its text or its `kids`. `since` is an ISO instant whose elapsed time the browser keeps showing;
    `tone` names a meaning of theme.py; `variables` are CSS custom properties ("--w").
    """
    wanted: Node = {
        "tag": tag,
        "kids": list(kids) or None,
        "text": text,
        "cls": cls,
        "key": key,
        "title": title,
        "label": label,
        "role": role,
        "href": own_href(href) if href else None,
        "tone": tone,
        "since": since,
        "focus": focus,
        "current": current,
        "data": dict(data) if data else None,
        "vars": dict(variables) if variables else None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def picture(src: str, words: str, *, key: object = None, size: tuple[int, int]) -> Node:
    """A picture of ours, with the words for who cannot see it; `size` in pixels, so that nothing jumps when it arrives."""
    return {"tag": "img", "src": src, "alt": words, "width": size[0], "height": size[1], "key": key or src}


def text(words: str, tag: str = "span", cls: str | None = None) -> Node:
    """A plain piece of text."""
    return node(tag, text=words, cls=cls)


def figure(words: str, tag: str = "b") -> Node:
    """A figure in the digits' face."""
    return node(tag, text=words, cls="num")


def nodes(rows: Sequence[Node]) -> dict[str, object]:
    """The drawing of a leaf that holds elements."""
    return {"nodes": list(rows)}


def attributes(**values: object) -> dict[str, object]:
    """The drawing that sets data attributes on a leaf; None removes one."""
    return {"attrs": values}


def bar(share: float, tone: str | None = None) -> Node:
    """A bar filled to `share` (0 to 1)."""
    return node("div", node("i", text=""), cls="bar", tone=tone, variables={"--w": f"{100 * min(max(share, 0), 1):.1f}%"})
