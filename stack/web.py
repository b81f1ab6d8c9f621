"""The factory gunicorn calls in each worker."""

from __future__ import annotations

from app import create_asgi
from settings import load
from web.asgi import AsgiApp


def application() -> AsgiApp:
    """The served application with this process's settings."""
    return create_asgi(load())
