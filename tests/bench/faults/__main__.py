"""`python -m tests.bench.faults [--only NAME …] [--rounds N] [--lifts N]`: break the stack under load and reconcile every message.

A producer writes each message's id to its own file before it sends the message. Each round is some seconds of load with a fault in
it; then the producer pauses, the worker works off what waits, and every id is compared: sent − stored − quarantined and
stored − sent must be empty, nothing may be there twice, and each alarm must have exactly one cause. The servers are as shipped:
fsync on, the shipped broker configuration. Prints a table; exit code 1 when any account is not even. The full table takes about
half an hour: 20 rounds each of kill -9 worker, kill between commit and acknowledgement, kill -9 PostgreSQL; 5 of kill -9 broker;
2 of everything else.
"""

from __future__ import annotations

import argparse
import sys

from tests.bench.faults.rounds import Outcome, run
from tests.bench.faults.scenarios import FAULTS

HEAD = ("fault", "round", "sent", "stored", "refused", "missing", "strange", "doubled", "causes", "alarms −", "alarms +", "even after", "")


def main() -> int:
    """Run the chosen faults, one stand each."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults", description=__doc__)
    parser.add_argument("--only", action="append", choices=FAULTS, help="this fault; may be given several times (default: all)")
    parser.add_argument("--rounds", type=int, help="so many rounds of each (default: those of the full table)")
    parser.add_argument("--lifts", type=int, default=2_000, help="messages a second, one of each lift (default: 2,000)")
    chosen = parser.parse_args()
    print(_line(*HEAD), flush=True)
    outcomes: list[Outcome] = []
    for name in chosen.only or FAULTS:
        fault = FAULTS[name]
        if reason := fault.possible():
            print(_line(fault.title, "–", note=f"left out: {reason}"), flush=True)
            continue
        for outcome in run(fault, rounds=chosen.rounds or fault.rounds, lifts=chosen.lifts):
            outcomes.append(outcome)
            print(_row(outcome), *(f"    {sample}" for sample in outcome.wrong), sep="\n", flush=True)
    print(f"\n{_summary(outcomes)}")
    return 0 if outcomes and all(outcome.even for outcome in outcomes) else 1


def _row(outcome: Outcome) -> str:
    b = outcome.balance
    figures = (b.sent, b.stored, b.quarantined, b.missing, b.strange, b.doubled, b.causes, b.alarms_missing, b.alarms_strange)
    return _line(outcome.title, outcome.number + 1, *figures, f"{outcome.even_after:.1f} s", note=outcome.note)


def _line(*cells: object, note: str = "") -> str:
    widths = (32, 5, 8, 8, 7, 7, 7, 7, 6, 8, 8, 10)
    shown = [str(cell) for cell in cells]
    padded = [shown[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(shown[1:], widths[1:], strict=False))]
    return "  ".join([*padded, note]).rstrip()


def _summary(outcomes: list[Outcome]) -> str:
    by_title: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_title.setdefault(outcome.title, []).append(outcome)
    lines = [
        f"{title}: {sum(o.even for o in group)} of {len(group)} rounds even, {sum(o.balance.sent for o in group):,} messages, "
        f"{sum(o.balance.missing for o in group)} missing, {sum(o.balance.strange for o in group)} strange, "
        f"{sum(o.balance.doubled for o in group)} doubled, {sum(o.balance.causes for o in group)} causes, "
        f"{sum(o.balance.alarms_missing + o.balance.alarms_strange for o in group)} alarms wrong, "
        f"even after at most {max(o.even_after for o in group):.1f} s"
        for title, group in by_title.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
