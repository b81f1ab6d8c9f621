"""Callbacks as the browser, or somebody who imitates it, calls them."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def said(answer: TestResponse) -> str:
    """What a good answer holds, with Chinese as Chinese."""
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json, ensure_ascii=False)


def call(client: FlaskClient, output: str, outputs: Any, inputs: dict[str, Any], state: dict[str, Any] | None = None) -> TestResponse:
    """One callback: `inputs` and `state` are values by "id.property"."""
    return client.post(
        "/_dash-update-component",
        json={
            "output": output,
            "outputs": outputs,
            "inputs": [_value(name, value) for name, value in inputs.items()],
            "state": [_value(name, value) for name, value in (state or {}).items()],
            "changedPropIds": list(inputs),
        },
    )


def panel(client: FlaskClient, name: str, params: dict[str, Any]) -> TestResponse:
    """One panel's refresh."""
    stored = {kind: {"panel": name, "type": kind} for kind in ("data", "version", "params")}
    return client.post(
        "/_dash-update-component",
        json={
            "output": '{"panel":["MATCH"],"type":"data"}.data',
            "outputs": {"id": stored["data"], "property": "data"},
            "inputs": [{"id": stored["version"], "property": "data", "value": {"n": 1}}],
            "state": [{"id": stored["params"], "property": "data", "value": params}],
            "changedPropIds": [f'{{"panel":"{name}","type":"version"}}.data'],
        },
    )


def page(client: FlaskClient, path: str, query: str = "") -> TestResponse:
    """A page's layout."""
    output = ".._pages_content.children..._pages_store.data.."
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    return call(client, output, outputs, {"_pages_location.pathname": path, "_pages_location.search": query})


def grid(client: FlaskClient, params: dict[str, Any], **asked: object) -> TestResponse:
    """The first rows of the equipment list, or what is `asked` for instead."""
    request = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}} | asked
    return client.post(
        "/_dash-update-component",
        json={
            "output": "equipment-grid.getRowsResponse",
            "outputs": {"id": "equipment-grid", "property": "getRowsResponse"},
            "inputs": [{"id": "equipment-grid", "property": "getRowsRequest", "value": request}],
            "state": [{"id": {"panel": "equipment-list", "type": "params"}, "property": "data", "value": params}],
            "changedPropIds": ["equipment-grid.getRowsRequest"],
        },
    )


def acknowledge(
    client: FlaskClient, alarm_id: object, *, verdict: str = "", corrects: object = None, note: str = "已联系维保"
) -> TestResponse:
    """Somebody takes note of an alarm, or with `corrects` judges one."""
    return call(
        client,
        "..acknowledge-result.data...acknowledge-problem.children..",
        [{"id": "acknowledge-result", "property": "data"}, {"id": "acknowledge-problem", "property": "children"}],
        {"acknowledge-confirm.n_clicks": 1},
        {
            "acknowledge-alarm.data": alarm_id,
            "acknowledge-name.value": "王值班",
            "acknowledge-note.value": note,
            "acknowledge-verdict.value": verdict,
            "acknowledge-corrects.data": corrects,
        },
    )


def record_missed(client: FlaskClient, machine: str, *, family: str = "超速", when: str, by: str = "96333 来电") -> TestResponse:
    """Somebody writes down what no alarm reported."""
    return call(
        client,
        "..missed-result.data...missed-problem.children..",
        [{"id": "missed-result", "property": "data"}, {"id": "missed-problem", "property": "children"}],
        {"missed-confirm.n_clicks": 1},
        {
            "missed-machine.value": machine,
            "missed-family.value": family,
            "missed-when.value": when,
            "missed-by.value": by,
            "missed-note.value": "",
        },
    )


def withdraw_missed(client: FlaskClient, number: object, *, note: str = "有误") -> TestResponse:
    """Somebody takes such a record back."""
    return call(
        client,
        "..withdraw-result.data...withdraw-problem.children..",
        [{"id": "withdraw-result", "property": "data"}, {"id": "withdraw-problem", "property": "children"}],
        {"withdraw-confirm.n_clicks": 1},
        {"withdraw-number.data": number, "withdraw-note.value": note},
    )


def _value(name: str, value: Any) -> dict[str, Any]:
    identity, _, prop = name.rpartition(".")
    return {"id": identity, "property": prop, "value": value}
