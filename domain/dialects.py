"""The wire formats vendors speak. Which words each of them uses is ingest.dialects' business."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Dialect(StrEnum):
    """What a vendor's messages are written in; the value stands in vendors.dialect."""

    PLATFORM = "platform"  # the city platform's own keys, which are ours
    HOUQI = "houqi"  # 厚齐
    SONGJIANG = "songjiang"  # 松江
    LINGANG = "lingang"  # 临港
    CHONGQING = "chongqing"  # 重庆: our keys, the code set of GB/T 24476


NATIVE: Final = frozenset({Dialect.PLATFORM, Dialect.CHONGQING})  # those whose topics and keys are the platform's
TIMELESS: Final = frozenset({Dialect.LINGANG})  # those whose messages may say no time at all
STAMP: Final = "receivedAt"  # epoch milliseconds, put into a timeless message once, where it comes in
