"""By what messages leave: a sender a channel, made once a process from the deployment's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.outbox import Channel
from services.senders.gateway import Gateway
from services.senders.letter import Letter, NotSent, Receipt, Sender
from services.senders.messengers import Messenger, dingtalk, email, wecom
from services.senders.null import Console, Nowhere

__all__ = ["Letter", "Means", "NotSent", "Receipt", "Sender", "demonstrated", "senders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a deployment can send by; an empty text is a channel it does not have. `email_url` is Apprise's, without recipients."""

    sms_url: str = ""
    sms_token: str = ""
    webhook_token: str = ""
    email_url: str = ""


def senders(means: Means) -> Mapping[Channel, Sender]:
    """The channels of this deployment. Robots of WeCom and DingTalk, and webhooks, carry all they need in their addresses."""
    found: dict[Channel, Sender] = {
        Channel.DRILL: Nowhere(),
        Channel.WECOM: Messenger(wecom),
        Channel.DINGTALK: Messenger(dingtalk),
        Channel.WEBHOOK: Gateway(token=means.webhook_token),
    }
    if means.sms_url:
        found[Channel.SMS] = Gateway(url=means.sms_url, token=means.sms_token)
    if means.email_url:
        found[Channel.EMAIL] = Messenger(email(means.email_url))
    return found


def demonstrated() -> Mapping[Channel, Sender]:
    """The channels of a demonstration, whatever its settings say: nothing of it reaches a real telephone."""
    return {Channel.CONSOLE: Console(), Channel.DRILL: Nowhere()}
