"""What a reader sees when something is refused or fails: a sentence for programs, a small page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from domain.errors import PutuoError
from locales import language, t
from locales.language import HTML_LANG
from web.security import MACHINE_PATHS, refusal

log = logging.getLogger(__name__)

STATUS: Final[dict[str, HTTPStatus]] = {
    "not_found": HTTPStatus.NOT_FOUND,
    "not_permitted": HTTPStatus.FORBIDDEN,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "conflict": HTTPStatus.CONFLICT,
    "wrong_district": HTTPStatus.CONFLICT,
    "store_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_SECONDS: Final = 10


def install(flask: Flask) -> None:
    """Turn refusals and failures into answers."""

    @flask.errorhandler(PutuoError)
    def refused(error: PutuoError) -> Answer:
        status = STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            log.exception("request_failed", extra={"path": request.path})
        return answer(error.code, status)

    @flask.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Answer:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status < HTTPStatus.BAD_REQUEST:
            return error.get_response(request.environ)
        return answer(_CODES.get(status, "invalid"), status)


def answer(code: str, status: HTTPStatus) -> Answer:
    """The refusal `code` in the form that suits the request."""
    if request.method != "GET" or request.path.startswith(MACHINE_PATHS):
        response = refusal(code, status)
    else:
        page = render_template("error.html", t=t, html_lang=HTML_LANG[language()], code=code, retry=_retry(status))
        response = make_response(page, status)
    if seconds := _retry(status):
        response.headers["Retry-After"] = str(seconds)
    return response


def _retry(status: HTTPStatus) -> int:
    """After how many seconds a reader should try again; 0 when that is no use."""
    return RETRY_SECONDS if status is HTTPStatus.SERVICE_UNAVAILABLE else 0


_CODES: Final[dict[HTTPStatus, str]] = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal",
}
