"""The way in at a glance: rates, lag, queue and batch of all workers, where their time goes, and how each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, bar, node, nodes, text
from domain.histograms import Distribution, distribution, together
from locales import ago, duration, label, number, percent, t, when
from locales.times import moment_of

NAME = "ingest"
GONE_SECONDS: Final = 15  # a worker writes its mark every two
SLOW_SECONDS: Final = 1.0
STAGES: Final = ("receive", "decode", "judge", "write", "commit", "acknowledge", "publish")
TONES: Final = {"working": "ok", "behind": "warn", "standby": "info", "gone": "crit"}
COLUMNS: Final = ("worker", "mark", "rate", "waiting", "cpu", "memory", "epoch", "register", "outages", "since")
MEBIBYTE: Final = 1024 * 1024

Worker = Mapping[str, Any]


def frame() -> html.Section:
    """Tiles, a bar per stage, a line per worker."""
    return panel(
        NAME,
        leaf_of(NAME, "tiles", "in-tiles"),
        html.Div([leaf_of(NAME, "stages", "in-stages"), leaf_of(NAME, "workers", "in-table")], className="in-work"),
        symbol="box-arrow-in-right",
        hint=t("ingest.hint"),
    )


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: workers by their marks, and how much was refused in the last hour."""
    workers = rows["workers"]
    alive = [worker for worker in workers if condition(worker, at) != "gone"]
    words = t("ingest.sub", alive=len(alive), total=len(workers))
    return {
        "tiles": nodes(_tiles(alive, rows["refused"])),
        "stages": nodes(_stages(alive)),
        "workers": nodes([_head(), *(_worker(worker, at) for worker in workers)] if workers else []),
        "sub": words,
        "@empty": "" if workers else t("ingest.no_worker"),
    }


def condition(worker: Worker, at: datetime) -> str:
    """working, behind (a backlog is worked off), standby or gone."""
    if (at - moment_of(worker["committed_at"])).total_seconds() > GONE_SECONDS:
        return "gone"
    gauges = worker["counters"].get("gauges", {})
    return "standby" if gauges.get("standby") else "behind" if gauges.get("behind") else "working"


def rate(workers: Sequence[Worker], name: str) -> float:
    """Per second, over all of them."""
    return float(sum(worker["counters"].get("rates", {}).get(name, 0.0) for worker in workers))


def lag(workers: Sequence[Worker]) -> Distribution | None:
    """From receipt to commit, of the last minutes."""
    return together([distribution(worker["counters"]["recent_lag"]) for worker in workers if "recent_lag" in worker["counters"]])


def _tiles(alive: Sequence[Worker], refused: int) -> list[Node]:
    batches = rate(alive, "batches")
    delays = lag(alive)
    half, most = (delays.below(0.5), delays.below(0.99)) if delays else (None, None)
    waiting = sum(worker["counters"].get("waiting", 0) for worker in alive)
    minutely = {name: number(60 * rate(alive, name), 0 if rate(alive, name) > 1 else 1) for name in ("events", "alarms")}
    repeated = [f"{t(f'ingest.{name}')} {number(_sum(alive, name))}" for name in ("duplicates", "late", "conflicts")]
    return [
        _tile("messages", _rate(rate(alive, "messages")), t("ingest.in_all", n=number(_sum(alive, "messages")))),
        _tile("stored", _rate(rate(alive, "stored")), t("ingest.in_all", n=number(_sum(alive, "stored")))),
        _tile("events", minutely["events"], t("ingest.alarms_minutely", n=minutely["alarms"])),
        _tile("lag", _seconds(most), t("ingest.half", value=_seconds(half)), tone="warn" if (most or 0) > SLOW_SECONDS else None),
        _tile("waiting", number(waiting), t("ingest.batch", n=number(rate(alive, "messages") / batches if batches else None))),
        _tile("refused", number(refused), t("ingest.refused_hour"), tone="warn" if refused else None, href=to("/quarantine", since="1h")),
        _tile("repeated", number(_sum(alive, "duplicates")), " · ".join(repeated[1:])),
        _tile(
            "outages",
            number(_sum(alive, "reconnects") + _sum(alive, "database_outages")),
            t("ingest.outages_of", broker=number(_sum(alive, "reconnects")), database=number(_sum(alive, "database_outages"))),
        ),
    ]


def _tile(name: str, value: str, second: str, *, tone: str | None = None, href: str | None = None) -> Node:
    words = (text(t(f"ingest.{name}")), node("b", text=value, cls="num"), node("small", text=second))
    return node("a" if href else "div", *words, key=name, tone=tone, href=href, title=t(f"ingest.{name}_hint"))


def _stages(alive: Sequence[Worker]) -> list[Node]:
    """Of one core's time, and for each reading that was stored."""
    stored = rate(alive, "stored")
    lines = []
    for stage in STAGES:
        share = rate(alive, f"stage.{stage}")
        each = number(1e6 * share / stored, 2, "µs") if stored else number(None)
        words = (text(label("stage", stage)), bar(share), node("b", text=percent(share, 1), cls="num"), node("em", text=each, cls="num"))
        lines.append(node("div", *words, key=stage, title=t("ingest.stage_hint", stage=label("stage", stage))))
    return [node("h3", text=t("ingest.stages"), key="title"), *lines]


def _head() -> Node:
    return node("div", *(text(t(f"ingest.{name}")) for name in COLUMNS), key="head", cls="head")


def _worker(worker: Worker, at: datetime) -> Node:
    word, said = condition(worker, at), worker["counters"]
    gauges = said.get("gauges", {})
    outages = said.get("reconnects", 0) + said.get("database_outages", 0)
    cells = {
        "worker": worker["worker"],
        "mark": f"{t(f'ingest.{word}')} · {ago(worker['committed_at'], at)}",
        "rate": _rate(rate([worker], "messages") if word != "gone" else None),
        "waiting": number(said.get("waiting")),
        "cpu": percent(said.get("rates", {}).get("cpu") if word != "gone" else None, 1),
        "memory": number(said["peak_bytes"] / MEBIBYTE if "peak_bytes" in said else None, 0, "MiB"),
        "epoch": number(gauges.get("lease_epoch")),
        "register": number(gauges.get("register_size")),
        "outages": number(outages),
        "since": duration((at - moment_of(said["started_at"])).total_seconds()) if "started_at" in said else number(None),
    }
    kids = [node("span", text=value, cls="num", data={"label": t(f"ingest.{name}")}) for name, value in cells.items()]
    kids[0] = node("b", node("i", text="", cls="dot"), text(worker["worker"]), cls="name")
    title = t("ingest.worker_hint", n=number(said.get("recalls")), when=when(said.get("started_at"), seconds=True))
    return node("div", *kids, key=worker["worker"], tone=TONES[word], title=title, data={"state": word})


def _rate(per_second: float | None) -> str:
    """Small rates keep a decimal: one reading in ten seconds is not none."""
    return number(per_second, 1 if per_second is not None and per_second < 10 else 0, "/s")


def _seconds(value: float | None) -> str:
    return number(value, 2 if value is not None and value < 10 else 0, "s")


def _sum(workers: Sequence[Worker], name: str) -> int:
    return sum(worker["counters"].get(name, 0) for worker in workers)
