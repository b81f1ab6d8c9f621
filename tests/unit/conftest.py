"""How properties are tested: the same examples on every machine, however slow it is at the moment."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")
