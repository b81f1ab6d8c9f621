"""`/feedback`: writing down what a citizen said of a lift or of those who look after it."""

from __future__ import annotations

from uuid import uuid4

import dash
from dash import html

from components import feedback_form, shell
from components.links import link
from domain.feedback import RECEIVERS
from locales import t
from pages._reader import reader, titled
from web.session import current_scope

PATH = "/feedback"

dash.register_page(__name__, title=titled("feedback.title"), path=PATH)


def layout(**_query: str) -> html.Div:
    """The sheet; or a word that it is not for this reader."""
    who = reader()
    if current_scope().role not in RECEIVERS:
        return shell.not_for(who, PATH, t("feedback.not_for_you"))
    back = html.Div(link(f"← {t('nav.work_orders')}", "/work-orders?kind=feedback", className="ghost"), className="crumb")
    return shell.desk(who, PATH, back, feedback_form.frame(str(uuid4())), heading=t("feedback.title"))
