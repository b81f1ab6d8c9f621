"""/metrics: the figures of the whole platform at one instant, read from what all processes share, so that any web worker says the same.

Workers write their counters to their marks every two seconds; a worker has no port of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from data_access.queries.readiness import AdapterMark, FeedMark, KeptMark, NoticeMark, WorkerMark

SUMS: Final = {
    "messages": "Messages taken from the broker",
    "stored": "Readings stored",
    "duplicates": "Readings that said again what is stored",
    "conflicts": "Readings that contradict what is stored",
    "late": "Readings older than their machine's newest",
    "events": "Events heard for the first time",
    "statistics": "Daily sums stored",
    "quarantined": "Messages refused",
    "alarms": "Alarms opened",
    "batches": "Transactions",
    "reconnects": "Broker connections made again",
    "database_outages": "Times the database was lost",
    "recalls": "Times the memory was rebuilt from storage",
    "cpu_seconds": "CPU time of the process",
}
GAUGES: Final = {
    "waiting": "Messages received and not yet stored",
    "peak_bytes": "Largest resident memory of the process",
    "register_size": "Machines in the register",
    "lease_epoch": "How often the lease has changed hands",
    "standby": "Whether the worker only stands by",
    "behind": "Whether the worker works off a backlog",
}
STAGE_FIGURES: Final = {
    "seconds": "Time spent in a stage",
    "cpu_seconds": "CPU time spent in a stage",
    "turns": "Times a stage ran",
    "items": "Messages or readings a stage went over",
}
Values = Mapping[Any, Any]
"""A tuple of label values → the figure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is exported; everything but `up` is empty while the database is away."""

    at: datetime
    up: Mapping[str, bool]
    workers: Sequence[WorkerMark] = ()
    feeds: Sequence[FeedMark] = ()
    refused: Mapping[tuple[str, str], int] = field(default_factory=dict)
    kept: KeptMark | None = None
    notices: NoticeMark | None = None
    open_alarms: Mapping[str, int] = field(default_factory=dict)
    adapters: Sequence[AdapterMark] = ()


def registry(figures: Figures) -> CollectorRegistry:
    """A registry of these figures alone."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Platform(figures))
    return made


class _Platform(Collector):
    """Prometheus' view of one instant."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        figures = self._figures
        yield _gauge("putuo_up", "Whether a part answers", ["part"], {(part,): ok for part, ok in figures.up.items()})
        yield _gauge("putuo_open_alarms", "Open alarms", ["level"], {(level,): n for level, n in figures.open_alarms.items()})
        yield from _workers(figures)
        yield from _senders(figures)
        yield from _quarantine(figures)
        yield from _notices(figures)
        yield from _adapters(figures)


def _workers(figures: Figures) -> Iterator[Metric]:
    marks = {(mark.worker,): mark.counters for mark in figures.workers}
    ages = {(mark.worker,): (figures.at - mark.committed_at).total_seconds() for mark in figures.workers}
    yield _gauge("putuo_ingest_mark_age_seconds", "Since an ingest worker last wrote", ["worker"], ages)
    for name, help_ in SUMS.items():
        yield _counter(
            f"putuo_ingest_{name}", help_, ["worker"], {key: said[name] for key, said in marks.items() if _is_number(said.get(name))}
        )
    for name, help_ in GAUGES.items():
        present = {key: {**said.get("gauges", {}), **said}.get(name) for key, said in marks.items()}
        yield _gauge(f"putuo_ingest_{name}", help_, ["worker"], {key: value for key, value in present.items() if _is_number(value)})
    for name, help_ in STAGE_FIGURES.items():
        told = {(*key, stage): figure.get(name) for key, said in marks.items() for stage, figure in said.get("stages", {}).items()}
        spent = {key: value for key, value in told.items() if _is_number(value)}
        yield _counter(f"putuo_ingest_stage_{name}", help_, ["worker", "stage"], spent)
    yield _histogram(
        "putuo_ingest_batch_messages", "Messages of a transaction", ["worker"], {key: said.get("batch_size") for key, said in marks.items()}
    )
    yield _histogram(
        "putuo_ingest_commit_lag_seconds",
        "From the receipt of a message to its commit",
        ["worker"],
        {key: said.get("commit_lag") for key, said in marks.items()},
    )
    yield _histogram(
        "putuo_ingest_sampled_lag_seconds",
        "From the sampling of a reading to its receipt",
        ["worker", "vendor"],
        {(*key, vendor): lag for key, said in marks.items() for vendor, lag in said.get("sampled_lag", {}).items()},
    )


def _senders(figures: Figures) -> Iterator[Metric]:
    yield _gauge(
        "putuo_vendor_connected",
        "Whether a vendor is connected",
        ["vendor"],
        {(feed.vendor,): bool(feed.connected) for feed in figures.feeds},
    )
    heard = {(feed.vendor,): feed.last_message_at for feed in figures.feeds}
    yield _gauge("putuo_vendor_message_age_seconds", "Since a vendor's last message", ["vendor"], _ages(heard, figures.at))


def _quarantine(figures: Figures) -> Iterator[Metric]:
    yield _counter("putuo_refused_messages", "Messages refused, kept or only counted", ["vendor", "reason"], figures.refused)
    if figures.kept is not None:
        kept = {
            "messages": ("Refused messages that are kept", figures.kept.messages),
            "bytes": ("Bytes of their payloads", figures.kept.bytes),
            "replay_waiting": ("Refused messages that wait to be tried again", figures.kept.waiting),
        }
        for name, (help_, value) in kept.items():
            yield _gauge(f"putuo_quarantine_{name}", help_, [], {(): value})


def _adapters(figures: Figures) -> Iterator[Metric]:
    feeds = {(one.source, one.resource): one for one in figures.adapters}
    labels = ["source", "resource"]
    heard = {key: one.last_ok_at for key, one in feeds.items()}
    behind = {key: one.lag_seconds for key, one in feeds.items() if one.lag_seconds is not None}
    yield _gauge("putuo_adapter_age_seconds", "Since another platform last answered", labels, _ages(heard, figures.at))
    yield _gauge("putuo_adapter_lag_seconds", "By how much its newest record was behind", labels, behind)
    yield _gauge("putuo_adapter_failures", "Requests in a row that failed", labels, {key: one.failures for key, one in feeds.items()})
    yield _counter(
        "putuo_adapter_rejected_records", "Records that could not be taken", labels, {k: one.rejected for k, one in feeds.items()}
    )


def _ages(moments: Values, at: datetime) -> Values:
    return {key: (at - moment).total_seconds() for key, moment in moments.items() if moment is not None}


def _counter(name: str, help_: str, labels: Sequence[str], values: Values) -> Metric:
    family = CounterMetricFamily(name, help_, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _notices(figures: Figures) -> Iterator[Metric]:
    if (mark := figures.notices) is None:
        return
    yield _gauge("putuo_notices_waiting", "Messages to people not sent yet", [], {(): mark.waiting})
    yield _gauge("putuo_notices_dead", "Messages to people given up", [], {(): mark.dead})
    overdue = {("true",): mark.urgent_overdue_seconds, ("false",): mark.ordinary_overdue_seconds}
    yield _gauge("putuo_notices_overdue_seconds", "How long the oldest message that is due has waited", ["urgent"], overdue)


def _gauge(name: str, help_: str, labels: Sequence[str], values: Values) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _histogram(name: str, help_: str, labels: Sequence[str], told: Values) -> Metric:
    family = HistogramMetricFamily(name, help_, labels=labels)
    for key, said in told.items():
        if said is not None:
            family.add_metric(key, list(_buckets(said["bounds"], said["counts"])), sum_value=said["sum"])
    return family


def _buckets(bounds: Iterable[float], counts: Iterable[int]) -> Iterator[tuple[str, int]]:
    return zip([*map(str, bounds), "+Inf"], counts, strict=True)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
