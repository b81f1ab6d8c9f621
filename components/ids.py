"""Every id of the screens; a literal id elsewhere in Python is a typo in waiting."""

from __future__ import annotations

from typing import Final

SHELL: Final = "shell"
LIVE: Final = "live"
VEIL: Final = "veil"
VEIL_TEXT: Final = "veil-text"
VEIL_LINK: Final = "veil-link"
CLOCK: Final = "clock"
CLOCK_DATE: Final = "clock-date"
CLOCK_WEEKDAY: Final = "clock-weekday"
MAIN: Final = "main"
SIREN: Final = "siren"
SIREN_WORDS: Final = "siren-words"
SIREN_MUTE: Final = "siren-mute"
KEYS: Final = "keys"
MAP: Final = "district-map"
MAP_SHOWN: Final = "map-shown"
SEARCH: Final = "search"
EXPORT: Final = "export"
GRID: Final = "equipment-grid"
ACKNOWLEDGE: Final = "acknowledge"
ACKNOWLEDGE_WHAT: Final = "acknowledge-what"
ACKNOWLEDGE_ALARM: Final = "acknowledge-alarm"
ACKNOWLEDGE_NAME: Final = "acknowledge-name"
ACKNOWLEDGE_NOTE: Final = "acknowledge-note"
ACKNOWLEDGE_VERDICT: Final = "acknowledge-verdict"
ACKNOWLEDGE_CORRECTS: Final = "acknowledge-corrects"
ACKNOWLEDGE_PROBLEM: Final = "acknowledge-problem"
ACKNOWLEDGE_CONFIRM: Final = "acknowledge-confirm"
ACKNOWLEDGE_RESULT: Final = "acknowledge-result"
ACKNOWLEDGE_DONE: Final = "acknowledge-done"
TRUTH_MISSED: Final = "truth-missed"
MISSED: Final = "missed"
MISSED_MACHINE: Final = "missed-machine"
MISSED_MACHINES: Final = "missed-machines"
MISSED_FAMILY: Final = "missed-family"
MISSED_FAMILIES: Final = "missed-families"
MISSED_WHEN: Final = "missed-when"
MISSED_BY: Final = "missed-by"
MISSED_NOTE: Final = "missed-note"
MISSED_PROBLEM: Final = "missed-problem"
MISSED_CONFIRM: Final = "missed-confirm"
MISSED_RESULT: Final = "missed-result"
MISSED_DONE: Final = "missed-done"
WITHDRAW: Final = "withdraw"
WITHDRAW_WHAT: Final = "withdraw-what"
WITHDRAW_NUMBER: Final = "withdraw-number"
WITHDRAW_NOTE: Final = "withdraw-note"
WITHDRAW_PROBLEM: Final = "withdraw-problem"
WITHDRAW_CONFIRM: Final = "withdraw-confirm"
WITHDRAW_RESULT: Final = "withdraw-result"

RULE_VALUE: Final = "rule--value"
RULE_WHY: Final = "rule-why"
RULE_KIND: Final = "rule--kind"
RULE_HOURS: Final = "rule-hours"
RULE_STREETS: Final = "rule--streets"
RULE_VENDOR: Final = "rule--vendor"
RULE_CONFIRM: Final = "rule-confirm"
RULE_TRY: Final = "rule-try"
RULE_STOP: Final = "rule-tests--stop"
RULE_PROBLEM: Final = "rule-problem"
RULE_SEEN: Final = "rule--seen"
RULE_TEST: Final = "rule-test"
RULE_GONE: Final = "rule-gone"
REPLAY: Final = "replay-refused"
REPLAY_WHAT: Final = "replay-refused-what"
REPLAY_WHY: Final = "replay-refused-why"
REPLAY_CHOSEN: Final = "replay-refused-chosen"
REPLAY_PROBLEM: Final = "replay-refused-problem"
REPLAY_CONFIRM: Final = "replay-refused-confirm"
REPLAY_RESULT: Final = "replay-refused-result"
REPLAY_DONE: Final = "replay-refused-done"
REPLAY_SEARCH: Final = "replay-refused-search"

ORDERS_SEARCH: Final = "orders-search"
ORDERS_SAVED: Final = "orders-saved"
ORDERS_SAVED_ACT: Final = "orders-saved-act"
ORDERS_SAVED_DATA: Final = "orders-saved-data"
ORDERS_SAVED_DONE: Final = "orders-saved-done"
ORDERS_SAVE_NAME: Final = "orders-save-name"
ORDERS_BULK: Final = "orders-bulk"
ORDERS_PENDING: Final = "orders-pending"
ORDERS_TOLD: Final = "orders-told"
ORDER_ACT: Final = "order-act"
ORDER_RESULT: Final = "order-result"
ORDER_DONE: Final = "order-done"
STEP: Final = "step"
STEP_TITLE: Final = "step-title"
STEP_SCAN: Final = "step-scan"
STEP_REASON: Final = "step-reason"
STEP_NOTE: Final = "step-note"
STEP_PROBLEM: Final = "step-problem"
STEP_CONFIRM: Final = "step-confirm"
STEP_WORDS: Final = "step-words"


def leaf(panel: str, name: str) -> str:
    """The element of `panel` that `name` fills."""
    return f"{panel}--{name}"


def version_store(panel: object) -> dict[str, object]:
    """Raised by the stream; its change makes the panel ask again. `panel` is a name or MATCH."""
    return {"type": "version", "panel": panel}


def params_store(panel: object) -> dict[str, object]:
    """What the reader asked the panel for."""
    return {"type": "params", "panel": panel}


def data_store(panel: object) -> dict[str, object]:
    """The server's last answer, drawn by the browser."""
    return {"type": "data", "panel": panel}


def drawn_store(panel: object) -> dict[str, object]:
    """The instant the browser has drawn."""
    return {"type": "drawn", "panel": panel}
