"""The only composer of the web process: settings in, a Dash application on Flask and its served front out."""

from __future__ import annotations

from functools import partial
from typing import Final

from dash import Dash, page_container
from flask import Flask

import callbacks
from data_access.cache import PanelCache
from data_access.engine import connect
from data_access.stream import StreamLog
from logs import configure
from services import identity
from settings import Settings
from web import devices, errors, exports, geography, health, notices, order_photos, rating, refusals, security, sign_in
from web.api import push, versions
from web.api.publisher import Publisher
from web.asgi import THREADS, AsgiApp, front
from web.clock import now
from web.context import EXTENSION, Context
from web.deployment import Deployment
from web.devices import Devices
from web.hub import Hub
from web.index import INDEX, PutuoDash
from web.session import COOKIE
from web.source import LiveSource
from web.stream import Stream

LAZY_ASSETS: Final = ["vendor", "geo"]  # stylesheets and scripts ask for these themselves
CONNECTIONS: Final = THREADS // 2  # kept open by one process; the pool may double them for a moment
LARGEST_REQUEST: Final = 4 * 1024 * 1024  # bytes


def create_app(settings: Settings) -> Dash:
    """The Dash application with every page, callback and route, guarded."""
    return _dash(compose(settings))


def create_asgi(settings: Settings) -> AsgiApp:
    """What a worker serves: the live stream beside the Dash application."""
    configure(settings.log_level)
    context = compose(settings)
    source = LiveSource(context.store, context.log, clock=now)
    return front(_dash(context).server, Stream(Hub(source, clock=now), cookie=COOKIE, session=source.session))


def compose(settings: Settings) -> Context:
    """The parts of one deployment; nothing is connected yet."""
    redis_url = settings.redis_url.get_secret_value()
    log = StreamLog(redis_url)
    store = connect(settings.database_url.get_secret_value(), announce=log.publish, pool_size=CONNECTIONS, name="putuo-web")
    return Context(
        store=store,
        cache=PanelCache(redis_url),
        log=log,
        find_session=partial(identity.find_session, store),
        deployment=Deployment(store),
        public_url=settings.public_url,
        metrics_token=settings.metrics_token.get_secret_value(),
        receipt_token=settings.notify_receipt_token.get_secret_value(),
        tile_url=settings.tile_url,
        mqtt_url=settings.mqtt_url.get_secret_value(),
        geo_dir=settings.geo_dir,
    )


def _dash(context: Context) -> Dash:
    flask = Flask(__name__, static_folder=None, template_folder="web/templates")
    flask.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    flask.extensions[EXTENSION] = context
    security.install_guard(flask, context)  # before Dash's own hooks: nothing runs for a stranger
    app = PutuoDash(
        __name__,
        server=flask,  # type: ignore[arg-type] # Dash's annotation forgets what its docstring says
        use_pages=True,
        include_pages_meta=False,
        index_string=INDEX,
        title="",
        update_title=None,  # type: ignore[arg-type] # as Dash documents it
        assets_path_ignore=LAZY_ASSETS,
        suppress_callback_exceptions=True,  # panels of other pages are not in the layout
        enable_mcp=False,
    )
    app.layout = page_container
    callbacks.register(app, context)
    _routes(flask, context)
    errors.install(flask)
    security.install_headers(flask, script_hashes=app.csp_hashes, tile_url=context.tile_url, secure=context.secure)
    return app


def _routes(flask: Flask, context: Context) -> None:
    files = Devices(context.store)
    flask.extensions[devices.EXTENSION] = files
    layers = geography.read(context.geo_dir)
    flask.extensions[geography.EXTENSION] = layers
    for blueprint in (
        sign_in.blueprint(context),
        health.blueprint(context),
        versions.blueprint(context),
        push.blueprint(context, Publisher(context.mqtt_url)),
        devices.blueprint(files),
        geography.blueprint(layers),
        exports.blueprint(context),
        refusals.blueprint(context),
        order_photos.blueprint(context),
        notices.blueprint(context, token=context.receipt_token),
        rating.blueprint(context),
    ):
        flask.register_blueprint(blueprint)
