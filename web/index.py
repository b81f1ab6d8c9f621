"""The page frame around Dash: language and display mode stand in the first bytes, so nothing flashes and no script is needed."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash
from flask import request

from locales import language, t
from locales.language import HTML_LANG

INDEX: Final = """<!DOCTYPE html>
<html lang="zh-CN" data-mode="desk">
  <head>
    {%metas%}
    <title>{%title%}</title>
    {%favicon%}
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>"""
ROOT: Final = '<html lang="zh-CN" data-mode="desk">'
PHONE_PATHS: Final = ("/portal", "/q/")


class PutuoDash(Dash):
    """Dash whose page frame knows the reader's language and the path's display mode."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override] # Dash calls it by keyword only
        """The page frame of the present request."""
        parts["title"] = t("app.title")
        frame: str = super().interpolate_index(**parts)
        return frame.replace(ROOT, f'<html lang="{HTML_LANG[language()]}" data-mode="{mode_of(request.path)}">', 1)


def mode_of(path: str) -> str:
    """The display mode of a path: the wall, the phone of a portal, else the desk."""
    if path == "/":
        return "wall"
    return "phone" if path.startswith(PHONE_PATHS) else "desk"
