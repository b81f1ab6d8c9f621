"""GET /api/v1/versions: what the live stream would have said, for a browser that must poll."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from data_access.queries import versions
from web.clock import now
from web.context import Context
from web.session import current_scope


def blueprint(context: Context) -> Blueprint:
    """The route."""
    routes = Blueprint("versions", __name__)

    @routes.get("/api/v1/versions")
    def present() -> Response:
        scope = current_scope()
        with context.store.reading() as tx:
            return jsonify({"at": now().isoformat(), "versions": versions.known(scope, tx)})

    return routes
