"""WeCom, DingTalk and e-mail through Apprise. None of them knows a key: after a crash in the wrong second one comes twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import apprise

from services.senders.letter import Letter, NotSent, Receipt

TIMEOUTS: Final = "cto=4&rto=6"  # seconds to connect and to be answered
Address = Callable[[str], str]
_ASSET: Final = apprise.AppriseAsset(app_id="putuo", app_desc="", app_url="", async_mode=False)


class Messenger:
    """One of Apprise's services; `address` makes its URL of ours."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def send(self, letter: Letter) -> Receipt:
        """One attempt. Raises NotSent; for good where the address is none."""
        service = apprise.Apprise(asset=_ASSET)
        if not service.add(self._address(letter.address)):
            raise NotSent("the address cannot be read", for_good=True)
        kind = apprise.NotifyType.WARNING if letter.urgent else apprise.NotifyType.INFO
        if not service.notify(body=letter.text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT):
            raise NotSent("the service did not take it")
        return Receipt()


def wecom(key: str) -> str:
    """The URL of a group robot by its key."""
    return f"wecombot://{quote(key, safe='')}/?{TIMEOUTS}"


def dingtalk(robot: str) -> str:
    """The URL of a group robot by its token, or `secret@token` where it is signed."""
    secret, _, token = robot.rpartition("@")
    return f"dingtalk://{quote(secret, safe='')}{'@' if secret else ''}{quote(token, safe='')}/?{TIMEOUTS}"


def email(server: str) -> Address:
    """The URLs of mailboxes behind one mail server (`mailtos://user:password@host?from=…`)."""
    joint = "&" if "?" in server else "?"
    return lambda mailbox: f"{server}{joint}to={quote(mailbox, safe='@')}&{TIMEOUTS}"
