"""Voice prompts beside an order."""

from __future__ import annotations

import json

from components.panels import order_people

SENT = {"prompt": "ebike_in_car", "status": "acknowledged", "created_at": "2026-11-20T06:30:00+00:00", "sent_at": None}


def test_every_answer_of_a_device_is_shown_with_its_evidence() -> None:
    first = {"msgId": "1-1", "registerNumber": "3110", "result": "played", "refusedToRun": True, "evidence": {"Door_Status": 4}}
    second = {"msgId": "1-1", "result": "played", "reason": "twice"}

    drawn = json.dumps(order_people.prompts({"prompts": [SENT | {"answer": [first, second]}]}), ensure_ascii=False)

    assert "result: played · refusedToRun: True · evidence: Door_Status: 4" in drawn
    assert "reason: twice" in drawn
    assert "3110" not in drawn


def test_a_prompt_without_an_answer_is_shown_too() -> None:
    [drawn] = order_people.prompts({"prompts": [SENT | {"status": "sent", "answer": None}]})

    assert "播放" not in json.dumps(drawn, ensure_ascii=False)
