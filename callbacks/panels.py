"""A panel is a query and a drawing: the table of all panels, and the one callback that refreshes any of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, ctx

from callbacks import desk_figures, figures, films, ingest_figures, notice_figures, order_figures, rule_rows
from callbacks import duty as duties
from callbacks import publicity as publicity_list
from callbacks import truth as truths
from components import ids
from components.nodes import Leaves
from components.panels import (
    ages,
    alarm_feed,
    alarm_list,
    copies,
    coverage,
    desk,
    desk_radar,
    district_map,
    dossier,
    dossier_history,
    dossier_state,
    dossier_usage,
    duty,
    duty_team,
    equipment_list,
    feeds,
    forklifts,
    funnel,
    ingest,
    ingest_refused,
    ingest_vendors,
    kpis,
    map_filters,
    notifications,
    outages,
    publicity,
    quarantine,
    replay,
    replay_track,
    rescue_clock,
    rules,
    rules_test,
    running,
    siren,
    streets,
    tables,
    ticker,
    trend,
    truth,
    truth_load,
    truth_missed,
    work_order,
    work_orders,
)
from data_access.queries import overview, versions
from data_access.watches import Watch, watch_for
from domain.errors import NotFound, PutuoError
from domain.scope import Scope
from locales import t
from web.clock import now
from web.context import Context
from web.session import current_scope

log = logging.getLogger(__name__)

Query = Callable[..., Any]
Update = Callable[..., Leaves]
LONGEST: Final = 200  # characters of one filter word
EMPTY: Final = "@empty"
KEPT_SECONDS: Final = 600  # an answer of unchanged data is asked again after so long


@dataclass(frozen=True, slots=True)
class Panel:
    """`query(scope, tx, at=, **params)` → `update(rows, at=)`. Refreshed when a watch changes, but no sooner than after
    `pace` seconds; and `every` so many seconds where time alone changes the figures. `params` are the names a reader may send.
    """

    query: Query
    update: Update
    watches: tuple[Watch, ...] = ()
    every: int | None = None
    pace: float = 1
    params: tuple[str, ...] = ()


ALARMS, STATES, EQUIPMENT, ORDERS = Watch.ALARMS, Watch.STATES, Watch.EQUIPMENT, Watch.WORK_ORDERS

PANELS: Final[dict[str, Panel]] = {
    kpis.NAME: Panel(figures.kpis, kpis.update, (ALARMS, STATES, EQUIPMENT), every=60, pace=3),
    running.NAME: Panel(figures.running, running.update, (ALARMS, STATES, EQUIPMENT, ORDERS), pace=5),
    streets.NAME: Panel(figures.street_ranking, streets.update, (ALARMS, STATES, EQUIPMENT), every=60, pace=5),
    trend.NAME: Panel(figures.trend, trend.update, (ALARMS,), every=60, pace=5),
    alarm_feed.NAME: Panel(figures.alarm_feed, alarm_feed.update, (ALARMS,), pace=0.5),
    ticker.NAME: Panel(figures.ticker, ticker.update, (ALARMS,), pace=5),
    ticker.NOTE: Panel(overview.vendor_feeds, feeds.update_note, (Watch.VENDORS,), every=10),
    siren.NAME: Panel(figures.siren, siren.update, (ALARMS, ORDERS), pace=0.5),
    feeds.NAME: Panel(overview.vendor_feeds, feeds.update, (Watch.VENDORS, EQUIPMENT), every=10, pace=5),
    outages.NAME: Panel(figures.outages_of_late, outages.update, (Watch.OUTAGES,), every=60, pace=2),
    coverage.NAME: Panel(overview.coverage, coverage.update, (STATES, EQUIPMENT), every=600, pace=10),
    forklifts.NAME: Panel(figures.forklifts, forklifts.update, (ALARMS, STATES, EQUIPMENT), every=600, pace=5),
    ages.NAME: Panel(figures.ages, ages.update, (EQUIPMENT,), every=600, pace=5),
    tables.MAINTAINERS: Panel(figures.maintainers, tables.update_maintainers, (EQUIPMENT,), every=600, pace=5),
    tables.PLACES: Panel(figures.places, tables.update_places, (EQUIPMENT,), pace=5),
    tables.KINDS_PANEL: Panel(figures.kinds, tables.update_kinds, (EQUIPMENT,), pace=5),
    tables.OVERDUE: Panel(figures.overdue, tables.update_overdue, (EQUIPMENT,), every=600, pace=5),
    tables.QUALITY: Panel(figures.quality, tables.update_quality, (Watch.QUARANTINE,), every=60, pace=5),
    district_map.NAME: Panel(figures.district_map, district_map.update, (ALARMS, STATES, EQUIPMENT, ORDERS), pace=1.5),
    map_filters.NAME: Panel(figures.map_filters, map_filters.update, (EQUIPMENT,), params=map_filters.NAMES),
    map_filters.CARD: Panel(figures.picked, dossier.map_card, (ALARMS, STATES, EQUIPMENT, ORDERS), pace=2, params=("pick",)),
    alarm_list.NAME: Panel(figures.alarm_page, alarm_list.update, (ALARMS,), every=60, params=alarm_list.NAMES),
    equipment_list.NAME: Panel(
        figures.equipment_counts, equipment_list.update, (ALARMS, STATES, EQUIPMENT, ORDERS), pace=10, params=equipment_list.NAMES
    ),
    dossier.NAME: Panel(figures.dossier, dossier.update, (ALARMS, STATES, EQUIPMENT, Watch.WORK_ORDERS), pace=5, params=("code",)),
    dossier.PLACE: Panel(figures.dossier, dossier.update_place, (ALARMS, EQUIPMENT, ORDERS), pace=5, params=("code",)),
    dossier.ALARMS: Panel(figures.dossier_alarms, dossier.update_alarms, (ALARMS,), params=("code",)),
    dossier.ORDERS: Panel(order_figures.dossier_orders, dossier.update_orders, (Watch.WORK_ORDERS,), every=30, params=("code",)),
    dossier_state.NAME: Panel(figures.dossier_state, dossier_state.update, (STATES,), every=15, pace=2, params=("code",)),
    truth.NAME: Panel(truths.board, truth.update, (ALARMS,), every=60, pace=10, params=truth.NAMES),
    truth_load.NAME: Panel(truths.load, truth_load.update, (ALARMS,), every=60, pace=10, params=truth_load.NAMES),
    truth_load.ACTORS: Panel(truths.actors, truth_load.update_actors, (ALARMS,), every=60, pace=10, params=truth_load.NAMES),
    truth_missed.NAME: Panel(truths.missed, truth_missed.update, (ALARMS,), every=60, params=truth_missed.NAMES),
    replay.NAME: Panel(films.alarm, replay.update, (), every=30, params=("alarm",)),
    replay_track.NAME: Panel(films.track, replay_track.update, (), every=60, params=("code", "track")),
    rules.NAME: Panel(rule_rows.rules, rules.update, (Watch.RULE_SETTINGS,), params=("key",)),
    rules.CHOSEN: Panel(rule_rows.rules, rules.update_chosen, (Watch.RULE_SETTINGS,), params=("key",)),
    rules_test.NAME: Panel(rule_rows.trials, rules_test.update, (Watch.BACK_TESTS,), every=60, params=("key", "test")),
    dossier_usage.NAME: Panel(figures.dossier_usage, dossier_usage.update, (), every=300, params=("code", "usage")),
    dossier_history.NAME: Panel(figures.dossier_history, dossier_history.update, (), every=60, params=("code", "hours")),
    ingest.NAME: Panel(ingest_figures.workers, ingest.update, every=2, pace=2),
    ingest_vendors.NAME: Panel(ingest_figures.vendors, ingest_vendors.update, (Watch.VENDORS,), every=10, pace=5),
    ingest_vendors.SCORES: Panel(ingest_figures.uploaders, ingest_vendors.update_scores, every=60),
    ingest_refused.NAME: Panel(ingest_figures.refusals, ingest_refused.update, (Watch.QUARANTINE,), every=60, pace=5),
    ingest_refused.UNKNOWN: Panel(ingest_figures.refusals, ingest_refused.update_unknown, (Watch.QUARANTINE,), every=60, pace=5),
    ingest_refused.ADAPTERS: Panel(ingest_figures.adapters, ingest_refused.update_adapters, every=10),
    duty.POSTS: Panel(duties.posts, duty.update_posts, (Watch.ROSTERS,), every=60),
    duty.NAME: Panel(duties.every_team, duty.update, (Watch.ROSTERS, Watch.WORK_ORDERS), every=60, pace=2, params=duty.NAMES),
    duty_team.NAME: Panel(duties.chosen, duty_team.update, (Watch.ROSTERS, Watch.WORK_ORDERS), every=60, params=duty_team.NAMES),
    quarantine.NAME: Panel(ingest_figures.quarantined, quarantine.update, (Watch.QUARANTINE,), every=60, pace=3, params=quarantine.NAMES),
    work_orders.NAME: Panel(order_figures.order_page, work_orders.update, (Watch.WORK_ORDERS,), every=15, params=work_orders.NAMES),
    work_order.NAME: Panel(order_figures.order, work_order.update, (Watch.WORK_ORDERS,), every=30, params=("order",)),
    publicity.NAME: Panel(publicity_list.entries, publicity.update, (Watch.WORK_ORDERS,), every=300, pace=5, params=publicity.NAMES),
    quarantine.MESSAGE: Panel(ingest_figures.refused_message, quarantine.update_message, (Watch.QUARANTINE,), pace=2, params=("id",)),
    desk.NAME: Panel(desk_figures.desk, desk.update, (ORDERS,), every=15, pace=0.5),
    desk_radar.NAME: Panel(desk_figures.radar, desk_radar.update, (ORDERS,), every=15, pace=2),
    rescue_clock.NAME: Panel(desk_figures.rescue_clock, rescue_clock.update, (ORDERS,), every=15, pace=1),
    rescue_clock.COURSE: Panel(desk_figures.rescue_course, rescue_clock.update_course, (ORDERS,), every=60, pace=2),
    funnel.NAME: Panel(desk_figures.funnel, funnel.update, (ORDERS,), every=60, pace=5),
    notifications.COUNTS: Panel(notice_figures.counts, notifications.update_counts, (Watch.NOTIFICATIONS,), every=30, pace=2),
    notifications.NAME: Panel(
        notice_figures.page, notifications.update, (Watch.NOTIFICATIONS,), every=60, pace=2, params=notifications.NAMES
    ),
    copies.NAME: Panel(notice_figures.copies, copies.update, (Watch.NOTIFICATIONS,), every=600),
}


def register(app: Dash, context: Context) -> None:
    """The callback that asks and the one that draws."""

    @app.callback(
        Output(ids.data_store(MATCH), "data"),
        Input(ids.version_store(MATCH), "data"),
        State(ids.params_store(MATCH), "data"),
    )
    def refresh(version: object, params: object) -> dict[str, Any]:
        name = str(ctx.outputs_list["id"]["panel"])
        return answer(context, current_scope(), name, params, at=now())

    app.clientside_callback(
        ClientsideFunction("putuo", "draw"), Output(ids.drawn_store(MATCH), "data"), Input(ids.data_store(MATCH), "data")
    )


def answer(context: Context, scope: Scope, name: str, params: object, *, at: datetime) -> dict[str, Any]:
    """What the browser draws for one panel; a refusal is drawn too, so that the panel can say so."""
    panel = PANELS.get(name)
    if panel is None:
        raise NotFound(panel=name)
    said = {"panel": name, "at": at.isoformat(), "every": panel.every, "pace": panel.pace}
    try:
        return said | _drawn(context, scope, name, panel, wanted(panel, params), at)
    except PutuoError as refusal:
        return said | {"failed": t(f"error.{refusal.code}"), "watches": [watch_for(scope, watch) for watch in panel.watches]}


def wanted(panel: Panel, params: object) -> dict[str, str]:
    """The words a reader may send to this panel, as text of bounded length."""
    sent = params if isinstance(params, Mapping) else {}
    return {name: str(sent[name])[:LONGEST] for name in panel.params if sent.get(name) not in (None, "")}


def _drawn(context: Context, scope: Scope, name: str, panel: Panel, params: dict[str, str], at: datetime) -> dict[str, Any]:
    watched = {watch_for(scope, watch) for watch in panel.watches}
    with context.store.reading() as tx:
        present = versions.versions(scope, tx, watches=watched)

    def compute() -> Any:
        with context.store.reading() as tx:
            return panel.query(scope, tx, at=at, **params)

    key = f"panel:{name}:{scope!r}:{orjson.dumps(params, option=orjson.OPT_SORT_KEYS).decode()}"
    found = context.cache.get(key, sum(present.values()), compute, seconds=panel.every or KEPT_SECONDS, at=at)
    leaves = dict(panel.update(orjson.loads(found.body), at=at))
    empty = leaves.pop(EMPTY, "")
    return {
        "draw": leaves,
        "empty": empty,
        "watches": sorted(watched),
        "versions": present,
        "at": found.at.isoformat(),
        "old": not found.fresh,
    }
