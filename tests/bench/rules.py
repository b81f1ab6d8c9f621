"""What judging a quiet lift costs: `python -m tests.bench.rules`, µs of CPU a reading and its ratio to json.loads of the same body."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time_ns

from domain.alarms import bind
from domain.equipment import ELEVATOR
from domain.equipment.kind import Subject
from domain.telemetry import parse_state

READINGS = 20_000
ROUNDS = 7
START = datetime(2026, 11, 20, tzinfo=UTC)
LIFT = Subject(equipment_id=1, rated_speed=1.75)
BODY = {
    "registerNumber": "31103101072019050012",
    "Service_Mode": 1,
    "Car_Status": 0,
    "Car_Direction": 0,
    "Car_Position": "12",
    "Door_Zone": True,
    "Door_Status": 2,
    "Door_Close_Status": True,
    "Histway_Door": True,
    "Passenger_Status": False,
    "People_Number": 0,
    "Car_Overload": False,
    "Lift_Car_Drive_Status": 0,
    "Activity_Mode": 0,
    "Speed": 0.0,
    "Machine_Room_Temperature": 27.4,
    "Safety_circuit": False,
    "samplingTime": "2026-11-20 08:00:00",
    "msgId": "xzl-0000001",
}


def cost(work: Callable[[], object]) -> float:
    """µs of CPU per reading, the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        before = process_time_ns()
        work()
        rounds.append((process_time_ns() - before) / 1000 / READINGS)
    return median(rounds)


def main() -> None:
    text = json.dumps(BODY)
    moments = [START + timedelta(seconds=i) for i in range(READINGS)]
    book = bind(ELEVATOR, {})
    _, values, _ = parse_state(ELEVATOR, BODY, at=START)

    def loads() -> None:
        for _ in moments:
            json.loads(text)

    def parse() -> None:
        for _ in moments:
            parse_state(ELEVATOR, BODY, at=START)

    def judge() -> None:
        watch = book.fresh()
        for moment in moments:
            watch, _ = book.evaluate(watch, LIFT, values=values, at=moment)

    yardstick = cost(loads)
    print(f"json.loads     {yardstick:5.2f} µs")
    for name, work in (("parse_state", parse), (f"{len(book.rules)} rules", judge)):
        spent = cost(work)
        print(f"{name:<14} {spent:5.2f} µs   {spent / yardstick:4.2f} × json.loads")


if __name__ == "__main__":
    main()
