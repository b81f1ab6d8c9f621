"""Voice prompts (语音提示) to cars: what is to be sent now, what was sent, and what devices answered.

The outbox sends them (`due`, `sent`), vendors without MQTT ask for theirs (`open_of`), the worker hears the answers (`answered`). A
prompt may arrive twice, under the same `msgId`; it never arrives late, because a car would then speak to somebody else: its life is
counted from what the device's clock says of the behaviour, not from when we heard of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import device_commands as commands
from data_access.repositories import rule_settings
from data_access.repositories import work_orders as orders
from data_access.repositories.device_commands import Command
from domain.behaviour import ANSWER_WITHIN, DANGEROUS, PROMPT_LASTS, CommandStatus, Played, PromptNote
from domain.telemetry import BEIJING
from domain.work_orders import Proof, Step
from locales import catalogue
from services import work_orders
from services.batches import Answer

SPEAK: Final = "play_voice"  # the only command there is
SPOKEN: Final = "zh_CN"  # the language of the cars
TOGETHER: Final = 100
OUTCOMES: Final = {Played.PLAYED: (CommandStatus.ACKNOWLEDGED, PromptNote.PLAYED), Played.FAILED: (CommandStatus.FAILED, PromptNote.FAILED)}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it goes out: to which machine of which vendor, the message, and for how many seconds it is worth hearing."""

    id: int
    vendor: str
    kind: str
    code: str
    body: bytes
    seconds: int


def due(tx: Tx, *, at: datetime) -> list[Prompt]:
    """What is to be sent now, oldest first, for this transaction alone; what is too late for that is given up, and said so."""
    settings = rule_settings.current(tx)
    lasts, wait = (timedelta(seconds=limit.of(settings)) for limit in (PROMPT_LASTS, ANSWER_WITHIN))
    for row in commands.overdue(tx, asked_before=at - lasts, sent_before=at - wait):
        _note(tx, row.work_order_id, row.prompt, [PromptNote.UNANSWERED], at)
    return [_prompt(command, until=command.created_at + lasts, at=at) for command in commands.due(tx, since=at - lasts, limit=TOGETHER)]


def open_of(store: Store, vendor: str, *, at: datetime) -> list[dict[str, str]]:
    """What cars of this vendor are to say now: what the broker would bring, for who has none. Raises StoreUnavailable."""
    with store.reading() as tx:
        lasts = timedelta(seconds=PROMPT_LASTS.of(rule_settings.current(tx)))
        return [_said(each, until=each.created_at + lasts) for each in commands.open_of(tx, vendor, since=at - lasts, limit=TOGETHER)]


def sent(tx: Tx, prompts: Sequence[Prompt], *, at: datetime) -> None:
    """The broker has these."""
    if prompts:
        commands.sent(tx, [prompt.id for prompt in prompts], at=at)


def answered(tx: Tx, answers: Sequence[Answer]) -> list[Answer]:
    """Keep what devices answered, with the orders it is about; those that answer what nobody asked them."""
    return [answer for answer in answers if not _kept(tx, answer)]


def _kept(tx: Tx, answer: Answer) -> bool:
    status, note = OUTCOMES[answer.played]
    key, machine = answer.key, answer.equipment_id
    row = commands.answered(tx, key=key, equipment_id=machine, status=status, body=answer.body, at=answer.received_at)
    if row is None:
        return commands.is_known(tx, key=key, equipment_id=machine)
    _note(tx, row.work_order_id, row.prompt, [note, *([PromptNote.REFUSED_TO_RUN] if answer.refused_to_run else [])], answer.received_at)
    return True


def _note(tx: Tx, order_id: int | None, prompt: str, notes: Sequence[PromptNote], at: datetime) -> None:
    """Into the log of the order; of uncivil behaviour, gathered by the dozen, only the count is kept there."""
    if order_id is None or prompt not in DANGEROUS:
        return
    for note in notes:
        order = orders.locked(tx, order_id)
        if order is not None:
            work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=note.value), at=at)


def _prompt(command: Command, *, until: datetime, at: datetime) -> Prompt:
    body = json.dumps(_said(command, until=until), ensure_ascii=False).encode()
    return Prompt(command.id, command.vendor, command.kind, command.code, body, max(1, int((until - at).total_seconds())))


def _said(command: Command, *, until: datetime) -> dict[str, str]:
    return {
        "msgId": command.key,
        "registerNumber": command.code,
        "command": SPEAK,
        "prompt": command.prompt,
        "text": catalogue(SPOKEN)[f"prompt.{command.prompt}"],
        "expiresAt": f"{until.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
    }
