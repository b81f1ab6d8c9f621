"""Those who call on the platform in the benches of incidents: vendors who publish events, and people at their screens, over HTTP."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import CookieJar
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg

from domain.telemetry import BEIJING

TRAPPED, EBIKE, GRAVE, POWER_CUT = "09", "37", "3", "9"
PATIENCE_S: Final = 30


@dataclass(frozen=True, slots=True)
class Lift:
    """A lift that reports."""

    id: int
    code: str
    vendor: str
    site: int | None


class Vendors:
    """The vendors' own accounts at the broker."""

    def __init__(self, services: Mapping[str, Any], *, name: str) -> None:
        where = urlsplit(services["mqtt_url"])
        self._clients = {vendor["name"]: _connected(where, vendor, name) for vendor in services["vendors"]}

    @property
    def names(self) -> frozenset[str]:
        """Who they are."""
        return frozenset(self._clients)

    def tell(self, lift: Lift, code: str, event_id: str, *, person: bool, phase: str = "add") -> mqtt.MQTTMessageInfo:
        """Publish an event in the platform's own form (domain §12.3)."""
        body = {
            "msgId": f"{event_id}-{phase}",
            "alarmId": event_id,
            "alarmChannel": "S04",
            "registerNumber": lift.code,
            "occurTime": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "failureCode": code,
            "eventDesc": "",
            "phase": phase,
            "statusDetails": [{"paramCode": "Passenger_Status", "paramName": "是否有人", "paramValue": str(person)}],
        }
        topic = f"pt/v1/{lift.vendor}/elevator/{lift.code}/event"
        return self._clients[lift.vendor].publish(topic, json.dumps(body, ensure_ascii=False), qos=1)

    def report(self, lift: Lift, values: Mapping[str, object], *, at: float) -> None:
        """Publish a reading, taken at `at` (epoch seconds)."""
        moment = datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        body = {"registerNumber": lift.code, "samplingTime": moment, **values}
        self._clients[lift.vendor].publish(f"pt/v1/{lift.vendor}/elevator/{lift.code}/state", json.dumps(body), qos=1)

    def close(self) -> None:
        """Say goodbye."""
        for client in self._clients.values():
            client.disconnect()
            client.loop_stop()


@contextmanager
def vendors(services: Mapping[str, Any], *, name: str) -> Iterator[Vendors]:
    """The vendors, while the block lasts."""
    made = Vendors(services, name=name)
    try:
        yield made
    finally:
        made.close()


class Person:
    """Somebody at a screen, without the screen: what his browser would ask for."""

    def __init__(self, services: Mapping[str, Any], account: Mapping[str, Any]) -> None:
        self.account = account
        self._base = services["web_url"].rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = urllib.parse.urlencode({"username": account["username"], "password": account["password"]}).encode()
        self._opener.open(f"{self._base}/login", form, timeout=PATIENCE_S).close()  # our own loopback address

    def panel(self, name: str, params: Mapping[str, Any] | None = None) -> Any:
        """A panel's refresh: its leaves."""
        stored = {kind: {"panel": name, "type": kind} for kind in ("data", "version", "params")}
        return self._callback(
            {
                "output": '{"panel":["MATCH"],"type":"data"}.data',
                "outputs": {"id": stored["data"], "property": "data"},
                "inputs": [{"id": stored["version"], "property": "data", "value": {"n": time.time_ns()}}],
                "state": [{"id": stored["params"], "property": "data", "value": dict(params or {})}],
                "changedPropIds": [f'{{"panel":"{name}","type":"version"}}.data'],
            }
        )

    def act(self, order_id: int, step: str, *, seen: int | None = None, **proof: Any) -> dict[str, Any]:
        """A step with an order: the answer."""
        act = {"order": order_id, "step": step, "seen": seen, "proof": proof}
        said = self._callback(
            {
                "output": "order-result.data",
                "outputs": {"id": "order-result", "property": "data"},
                "inputs": [{"id": "order-act", "property": "data", "value": {"turn": 1, "acts": [act]}}],
                "state": [],
                "changedPropIds": ["order-act.data"],
            }
        )
        answer: dict[str, Any] = said["response"]["order-result"]["data"]["answers"][0]
        return answer

    def answer(self, order_id: int) -> dict[str, Any]:
        """Take the call about an order at the seat: what the desk would say."""
        said = self._callback(
            {
                "output": "desk-result.data",
                "outputs": {"id": "desk-result", "property": "data"},
                "inputs": [{"id": "desk-act", "property": "data", "value": {"id": order_id, "turn": 1}}],
                "state": [],
                "changedPropIds": ["desk-act.data"],
            }
        )
        heard: dict[str, Any] = said["response"]["desk-result"]["data"]
        return heard

    def _callback(self, body: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self._base}/_dash-update-component", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=PATIENCE_S) as answer:
            return json.load(answer) if answer.status == 200 else None


def person(services: Mapping[str, Any], role: str) -> Person:
    """The first account of a role, signed in."""
    return Person(services, next(account for account in services["accounts"] if account["role"] == role))


def reporting_lifts(database: psycopg.Connection[Any], *, one_a_site: bool = False) -> list[Lift]:
    """The lifts that have reported lately and have no order under way, in the order of their ids; with `one_a_site` no two of one site."""
    rows = database.execute(
        "SELECT e.id, e.code, e.monitor_vendor, e.site_id FROM equipment e JOIN equipment_states s ON s.equipment_id = e.id "
        "WHERE e.kind = 'elevator' AND e.use_status = 'in_use' AND s.received_at > now() - interval '5 min' "
        "AND NOT EXISTS (SELECT 1 FROM work_orders w WHERE w.equipment_id = e.id AND w.closed_at IS NULL AND w.kind <> 'supervision') "
        "ORDER BY e.id"
    ).fetchall()
    lifts = [Lift(*row) for row in rows]
    return list({lift.site: lift for lift in lifts}.values()) if one_a_site else lifts


def table(rows: Sequence[tuple[str, object]]) -> str:
    """Two columns for people."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _connected(where: Any, vendor: Mapping[str, str], name: str) -> mqtt.Client:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{name}-{vendor['name']}")
    client.username_pw_set(vendor["username"], vendor["password"])
    client.max_queued_messages_set(0)
    client.connect(where.hostname or "127.0.0.1", where.port or 1883)
    client.loop_start()
    return client
