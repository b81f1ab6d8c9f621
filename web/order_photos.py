"""`/work-orders/<id>/photos/<n>`: a photograph that proves a step, for whoever may see the order; `?small=1` is its thumbnail."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from domain.errors import NotFound
from services import photos
from web.context import Context
from web.filters import LARGEST_ALARM
from web.session import current_actor


def blueprint(context: Context) -> Blueprint:
    """The route of the photographs."""
    routes = Blueprint("order_photos", __name__)

    @routes.get("/work-orders/<order>/photos/<number>")
    def photo(order: str, number: str) -> Answer:
        small = request.args.get("small") == "1"
        found = photos.picture(current_actor(), context.store, _number(order), _number(number), small=small)
        answer = Response(found.jpeg, content_type="image/jpeg")
        answer.set_etag(f"{found.sha256}-{'small' if small else 'whole'}")
        answer.headers["Cache-Control"] = "private, no-cache"  # kept by the reader's own browser, and asked for each time: rights may end
        return answer.make_conditional(request)

    return routes


def _number(text: str) -> int:
    """The number in an address. Raises NotFound for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= LARGEST_ALARM):
        raise NotFound(number=text)
    return int(text)
