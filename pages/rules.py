"""`/rules`: thresholds in force, their past, and trials before they are changed."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import rules, rules_test
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

dash.register_page(__name__, title=titled("nav.rules"), path="/rules")


def layout(**query: str) -> html.Div:
    """The table at the left, the chosen threshold and its trials at the right."""
    may_change = Action.CHANGE_RULES in granted()
    trials = rules_test.frame(query, may_change=may_change)
    return shell.desk(reader(), "/rules", rules.frame(query, trials, may_change=may_change), heading=t("nav.rules"))
