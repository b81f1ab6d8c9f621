"""What was measured, as tables, and the issue's goals as ratios within the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.stages import Stage
from tests.bench.load import Sent
from tests.bench.pace_watch import Kept, quantile_ms

DISTRICT_RATE = 2_883  # messages a second: 14,415 devices every 5 s
DASH = "–"


@dataclass(frozen=True, slots=True)
class Point:
    """One rate of one worker. `processor_us` by party and `stage_us` by stage are CPU µs a reading."""

    who: str
    rate: int  # 0: as fast as it is taken
    devices: int
    sent: Sent
    kept: Kept
    rows: int  # alarm rows seen
    event_waits: Sequence[float]
    state_waits: Sequence[float]
    processor_us: Mapping[str, float]
    stage_us: Mapping[str, float]
    memory_mb: float

    @property
    def per_second(self) -> float:
        """Stored readings a second, from the first publish to the last row."""
        return self.kept.stored / (self.sent.ended + self.kept.after_s - self.sent.began)

    @property
    def waits(self) -> list[float]:
        """Publish → alarm row, whatever raised it, sorted."""
        return sorted([*self.event_waits, *self.state_waits])

    @property
    def p99_ms(self) -> float:
        """Of the slower of the two ways to an alarm."""
        ways = ((self.sent.events, self.event_waits), (self.sent.trapped, self.state_waits))
        return max(quantile_ms(waits, 0.99) for published, waits in ways if published)

    @property
    def missing_alarms(self) -> int:
        """Entrapments that got no row."""
        return len(self.sent.events) + len(self.sent.trapped) - len(self.waits)

    @property
    def whole(self) -> bool:
        """Nothing lost, nothing doubled: a row for each reading, and one for each entrapment."""
        return not (self.kept.lost or self.kept.doubled or self.missing_alarms or self.rows != len(self.waits))


@dataclass(frozen=True, slots=True)
class Bound:
    """What something else does with the same messages: readings a second and microseconds a reading by party."""

    who: str
    per_second: float
    processor_us: Mapping[str, float]
    note: str = ""
    amiss: int = 0  # readings lost or doubled


@dataclass(slots=True)
class Figures:
    """Everything of one run."""

    points: list[Point] = field(default_factory=list)
    races: dict[str, Bound] = field(default_factory=dict)
    copy: Bound | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One sentence of the issue, with what was measured."""

    words: str
    wanted: float
    measured: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it holds."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def points_table(points: Sequence[Point]) -> str:
    """A row for each worker and rate."""
    head = [
        "worker",
        "devices",
        "offered/s",
        "stored/s",
        "sent",
        "stored",
        "lost",
        "doubled",
        "alarms",
        "event p50/p99 ms",
        "state p50/p99 ms",
    ]
    head += ["worker µs", "PG µs", "broker µs", "memory MB"]
    return table(head, [_row(point) for point in points])


def stages_table(points: Sequence[Point]) -> str:
    """Where the worker's CPU time went; empty where the worker does not say."""
    names = [stage for stage in Stage if any(stage in point.stage_us for point in points)]
    rows = [
        [
            point.who,
            f"{point.devices:,}",
            f"{point.rate:,}" if point.rate else "max",
            *(f"{point.stage_us[name]:.2f}" if name in point.stage_us else DASH for name in names),
        ]
        for point in points
        if point.stage_us
    ]
    return table(["worker", "devices", "offered/s", *(f"{name} µs" for name in names)], rows) if rows else ""


def bounds_table(bounds: Iterable[Bound], base: float) -> str:
    """What others do, beside a base rate."""
    rows = [
        [b.who, f"{b.per_second:,.0f}", f"{b.per_second / base:.2f}", *(_us(b.processor_us, p) for p in PARTIES), b.note] for b in bounds
    ]
    return table(["who", "readings/s", "ratio", "own µs", "PG µs", "broker µs", "note"], rows)


def goals(figures: Figures) -> list[Goal]:
    """The issue's sentences about pace that this run can judge."""
    found = [*_paced(figures.points), *_raced(figures), *_scaled(figures.points)]
    whole = [Goal(f"{p.who} at {p.rate or 'max'}/s, {p.devices:,} devices: lost + doubled", 0, 0 if p.whole else 1) for p in figures.points]
    whole += [Goal(f"{who}, race: lost + doubled", 0, race.amiss) for who, race in figures.races.items() if who in (STOCK, FAST)]
    return [*found, *whole]


def goals_table(found: Sequence[Goal]) -> str:
    """PASS or FAIL, sentence by sentence."""
    rows = [
        [g.words, ("≥ " if g.at_least else "≤ ") + f"{g.wanted:g}", f"{g.measured:,.2f}", "PASS" if g.met else "**FAIL**"] for g in found
    ]
    return table(["goal", "wanted", "measured", ""], rows)


PARTIES = ("worker", "database", "broker")
P99_LIMITS = ((DISTRICT_RATE, 250), (10_000, 250), (0, 1_000))  # offered rate (0: flood), ms
STOCK, FAST = "stock", "fast"
PAHO, NODE, NODE_RED = "paho 3.1.1, receive only", "Node.js by hand", "Node-RED, tuned"


def _paced(points: Sequence[Point]) -> list[Goal]:
    at = {(p.who, p.rate, p.devices): p for p in points}
    least = min((p.devices for p in points), default=0)
    return [
        Goal(f"{who}: publish → alarm row p99 ms at {rate or 'max'}/s", limit, at[who, rate, least].p99_ms)
        for who in (STOCK, FAST)
        for rate, limit in P99_LIMITS
        if (who, rate, least) in at
    ]


def _raced(figures: Figures) -> list[Goal]:
    races, paho = figures.races, figures.races.get(PAHO)
    found = []
    if STOCK in races:
        found.append(Goal("stock: readings stored a second", 20_000, races[STOCK].per_second, at_least=True))
    if FAST in races and paho:
        ratio = races[FAST].per_second / paho.per_second
        found.append(Goal("fast: readings stored a second ÷ stock paho receiving only", 1.2, ratio, at_least=True))
        processor = races[FAST].processor_us["worker"] / paho.processor_us["worker"]
        found.append(Goal("fast: worker CPU a reading ÷ stock paho receiving only", 0.33, processor))
    if FAST in races and NODE in races:
        ratio = races[FAST].per_second / races[NODE].per_second
        found.append(Goal("fast: readings stored a second ÷ hand-written Node.js worker", 1.15, ratio, at_least=True))
    return found


def _scaled(points: Sequence[Point]) -> list[Goal]:
    sizes = sorted({p.devices for p in points})
    at = {(p.who, p.rate, p.devices): p for p in points}
    return [
        Goal(f"{who}: p99 with {large:,} devices ÷ with {sizes[0]:,}, at {rate or 'max'}/s", 1.3, p.p99_ms / at[who, rate, sizes[0]].p99_ms)
        for (who, rate, large), p in at.items()
        if large > sizes[0] and (who, rate, sizes[0]) in at
    ]


def _row(p: Point) -> list[object]:
    alarms = f"{len(p.waits)} of {len(p.sent.events) + len(p.sent.trapped)}" + (f", {p.rows} rows" if p.rows != len(p.waits) else "")
    return [
        p.who,
        f"{p.devices:,}",
        f"{p.rate:,}" if p.rate else "max",
        f"{p.per_second:,.0f}",
        p.sent.readings,
        p.kept.stored,
        p.kept.lost,
        p.kept.doubled,
        alarms,
        _quantiles(p.event_waits),
        _quantiles(p.state_waits),
        *(_us(p.processor_us, party) for party in PARTIES),
        f"{p.memory_mb:.0f}",
    ]


def _quantiles(waits: Sequence[float]) -> str:
    return f"{quantile_ms(waits, 0.5):.0f} / {quantile_ms(waits, 0.99):.0f}" if waits else DASH


def _us(processor_us: Mapping[str, float], party: str) -> str:
    return f"{processor_us[party]:.1f}" if party in processor_us else DASH
