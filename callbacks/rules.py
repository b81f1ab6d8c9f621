"""The rules page's hands: put a value in force, try one on history, stop a trial. Trials run on one thread of this process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from components import ids
from components.panels import rules, rules_test
from domain.errors import Invalid, PutuoError
from locales import t
from services import back_test, rule_settings
from services.rule_settings import Wish
from web.clock import now
from web.context import Context
from web.session import current_actor


def register(app: Dash, context: Context) -> None:
    """The callbacks of the page."""
    trials = ThreadPoolExecutor(max_workers=1, thread_name_prefix="back-test")

    @app.callback(
        Output(ids.RULE_PROBLEM, "children", allow_duplicate=True),
        Output(ids.RULE_VALUE, "value"),
        Output(ids.RULE_WHY, "value"),
        Input(ids.RULE_CONFIRM, "n_clicks"),
        State(ids.RULE_SEEN, "data"),
        State(ids.RULE_VALUE, "value"),
        State(ids.RULE_WHY, "value"),
        prevent_initial_call=True,
    )
    def put_in_force(clicks: int, seen: Any, value: object, why: object) -> tuple[str, Any, Any]:
        try:
            version = rule_settings.put_in_force(current_actor(), context.store, _wish(seen, value, why), at=now())
        except PutuoError as refusal:
            return _words(refusal), no_update, no_update
        return t("rules.done", version=version), "", ""

    @app.callback(
        Output(ids.RULE_TEST, "data"),
        Output(ids.RULE_PROBLEM, "children", allow_duplicate=True),
        Input(ids.RULE_TRY, "n_clicks"),
        State(ids.RULE_SEEN, "data"),
        State(ids.RULE_VALUE, "value"),
        State(ids.RULE_KIND, "value"),
        State(ids.RULE_HOURS, "value"),
        State(ids.RULE_STREETS, "value"),
        State(ids.RULE_VENDOR, "value"),
        prevent_initial_call=True,
    )
    def try_it(clicks: int, seen: Any, value: object, kind: object, hours: object, streets: object, vendor: object) -> tuple[Any, str]:
        actor, at = current_actor(), now()
        try:
            wish = _wish(seen, value, "")
            number = back_test.begin(
                actor, context.store, key=wish.key, trial=wish.value, kind=str(kind), streets=_texts(streets),
                vendor=str(vendor) if vendor else None, since=at - timedelta(hours=_hours(hours)), until=at, at=at,
            )  # fmt: skip
        except PutuoError as refusal:
            return no_update, _words(refusal)
        trials.submit(back_test.run, context.store, actor.scope, number, clock=now)
        return {"key": wish.key, "test": number}, ""

    app.clientside_callback(
        ClientsideFunction("rules", "show"), Output(ids.RULE_GONE, "data"), Input(ids.RULE_TEST, "data"), prevent_initial_call=True
    )

    @app.callback(
        Output(ids.RULE_PROBLEM, "children", allow_duplicate=True),
        Input(ids.RULE_STOP, "n_clicks"),
        State(ids.params_store(rules_test.NAME), "data"),
        prevent_initial_call=True,
    )
    def stop(clicks: int, params: Any) -> str:
        asked = str(params.get("test", "")) if isinstance(params, dict) else ""
        try:
            back_test.stop(current_actor(), context.store, int(asked) if asked.isdecimal() and len(asked) < 19 else 0, at=now())
        except PutuoError as refusal:
            return _words(refusal)
        return t("rules.stopping")


def _wish(seen: Any, value: object, why: object) -> Wish:
    """What the form holds. Raises Invalid(field=value) where no number stands there."""
    if not isinstance(seen, dict) or not isinstance(seen.get("key"), str) or not isinstance(seen.get("version"), int):
        raise Invalid(field="key", reason="none_chosen")
    try:
        return Wish(seen["key"], float(str(value)), str(why or ""), seen["version"])
    except ValueError as exc:
        raise Invalid(field="value", reason="not_a_number") from exc


def _hours(value: object) -> int:
    return value if isinstance(value, int) and value in rules.HOURS else rules.HOURS[0]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _words(refusal: PutuoError) -> str:
    """The refusal as a person reads it, the field first where there is one."""
    if isinstance(refusal, Invalid):
        return t(f"rules.invalid_{refusal.data['field']}")
    return t("rules.conflict" if refusal.code == "conflict" else f"error.{refusal.code}")
