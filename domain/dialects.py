"""The wire formats vendors speak. Which words each of them uses is ingest.dialects' business."""

from __future__ import annotations

from enum import StrEnum


class Dialect(StrEnum):
    """What a vendor's messages are written in; the value stands in vendors.dialect."""

    PLATFORM = "platform"  # the city platform's own keys, which are ours
    HOUQI = "houqi"  # 厚齐
    SONGJIANG = "songjiang"  # 松江
    LINGANG = "lingang"  # 临港
    CHONGQING = "chongqing"  # 重庆: our keys, the code set of GB/T 24476
