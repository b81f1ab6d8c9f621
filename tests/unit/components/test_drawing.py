"""Links, nodes, frames and the files the browser gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dash import dcc

from components import chips, layout, shell
from components.links import equipment, own_href, to
from components.nodes import bar, node

ASSETS = Path(__file__).parents[3] / "assets"
OURS = sorted(path for path in ASSETS.glob("*.js") if not path.name.startswith("90-"))
PARSERS = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "eval(",
    "new Function",
)
LINKS = ("/", "/alarms?level=entrapment", "/a b", "/地图", "https://example.org/", "http://example.org", "tel:110")
NO_LINKS = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n\\evil.example",
    "/\u2028/evil.example",
    "/a\u200b",
    "/a\u00a0b",
    "data:text/html,x",
    "",
    "/a\n/b",
)


@pytest.mark.parametrize("href", LINKS)
def test_own_paths_web_and_telephone_are_links(href: str):
    assert own_href(href) == href


@pytest.mark.parametrize("href", NO_LINKS, ids=ascii)
def test_everything_else_is_no_link(href: str):
    assert own_href(href) is None
    assert "href" not in node("a", text="x", href=href)


def test_a_query_holds_only_what_was_said():
    assert to("/alarms", level="entrapment", open=1, street=None, kind="") == "/alarms?level=entrapment&open=1"
    assert equipment("1E217/../x") == "/equipment/1E217%2F..%2Fx"


def test_a_node_holds_only_what_was_said():
    assert node("b", text="7", cls="num") == {"tag": "b", "text": "7", "cls": "num"}


@pytest.mark.parametrize(("share", "width"), [(-1, "0.0%"), (0.256, "25.6%"), (7, "100.0%")])
def test_a_bar_stays_in_its_track(share: float, width: str):
    assert bar(share)["vars"] == {"--w": width}


def test_choosing_a_filter_keeps_the_others_and_forgets_the_page():
    drawn = chips.group("/alarms", {"level": "entrapment", "open": "1", "before": "x"}, "level", "级别", [("emergency", "三级")])

    everything, emergency = drawn["kids"][1]["kids"]
    assert (everything["href"], everything["current"]) == ("/alarms?open=1", "false")
    assert emergency["href"] == "/alarms?open=1&level=emergency"


def test_a_panel_has_a_place_for_its_state_and_the_stores_that_refresh_it():
    section = layout.panel("kpis", bare=True)

    stores = [child for child in section.children if isinstance(child, dcc.Store)]
    assert [store.id["type"] for store in stores] == ["version", "params", "data", "drawn"]
    assert getattr(section, "data-state") == "loading"


def test_who_may_not_acknowledge_gets_no_dialog():
    reader = shell.Reader("值班员", "大屏", "real")

    assert shell.acknowledge_dialog(reader) == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_script_of_ours_parses_html_or_code(path: Path):
    source = path.read_text(encoding="utf-8")

    assert [word for word in PARSERS if word in source] == []


@pytest.mark.parametrize("path", [*OURS, *sorted(ASSETS.glob("*.css"))], ids=lambda path: path.name)
def test_no_file_of_ours_names_another_host(path: Path):
    hosts = re.findall(r"https?://[a-z0-9.-]+", path.read_text(encoding="utf-8"))

    assert set(hosts) <= {"http://www.w3.org"}  # the name of a namespace, never asked for


def test_no_component_renders_markup():
    rooms = [path for room in ("components", "pages", "callbacks") for path in (ASSETS.parent / room).rglob("*.py")]

    assert [
        path.name for path in rooms if re.search(r"Markdown|dangerously|DivMarker|dl\.(Popup|Tooltip)", path.read_text(encoding="utf-8"))
    ] == []


def test_vendored_files_are_small_and_named_with_their_licence():
    notices = (ASSETS / "vendor" / "NOTICES.md").read_text(encoding="utf-8")
    files = [path for path in ASSETS.rglob("*") if path.is_file()]
    vendored = [path for path in (ASSETS / "vendor").rglob("*") if path.is_file() and path.suffix not in {".md", ".txt"}]

    assert [path.name for path in files if path.stat().st_size > 2**20] == []
    assert [path.name for path in vendored if path.name not in notices and not path.name.startswith("barlow-semi-condensed-latin-")] == []
