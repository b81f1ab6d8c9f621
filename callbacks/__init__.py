"""Wiring only: inputs → scope → query or service → drawing. Registered explicitly, never at import."""

from __future__ import annotations

from dash import Dash

from callbacks import alarms, desk, duty, equipment, feedback, notifications, panels, publicity, quarantine, rules, truth, work_orders
from web.context import Context


def register(app: Dash, context: Context) -> None:
    """Every callback of the application."""
    panels.register(app, context)
    alarms.register(app, context)
    equipment.register(app, context)
    truth.register(app, context)
    rules.register(app, context)
    quarantine.register(app, context)
    publicity.register(app, context)
    feedback.register(app, context)
    duty.register(app, context)
    work_orders.register(app, context)
    desk.register(app, context)
    notifications.register(app, context)
