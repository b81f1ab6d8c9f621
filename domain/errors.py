"""One root for everything the product refuses, so that an edge catches one type and the screen finds one word per code."""

from __future__ import annotations


class PutuoError(Exception):
    """A refusal. `code` is also the locale key `error.<code>`; `data` fills that sentence's placeholders."""

    code = "internal"

    def __init__(self, **data: object) -> None:
        self.data = data
        super().__init__(f"{self.code}: {data}" if data else self.code)


class NotFound(PutuoError):
    """The object does not exist, or lies outside the reader's scope: both look the same on purpose."""

    code = "not_found"


class NotPermitted(PutuoError):
    """The actor's role has no grant for the action."""

    code = "not_permitted"


class Invalid(PutuoError):
    """Input that cannot be taken as it is; `field` and `reason` say where and why."""

    code = "invalid"


class Conflict(PutuoError):
    """Somebody else was first."""

    code = "conflict"


class Refused(PutuoError):
    """The law does not allow this step now, for this party, or without what is missing; `reason` says which."""

    code = "refused"


class WrongDistrict(PutuoError):
    """Demonstration data was about to enter a real database, or the other way round."""

    code = "wrong_district"


class StoreUnavailable(PutuoError):
    """PostgreSQL cannot be reached."""

    code = "store_unavailable"


class BadPayload(PutuoError):
    """A message that goes to quarantine; `reason` is one of domain.telemetry.Reject."""

    code = "bad_payload"
