"""The simulation at true time: every second the machines whose turn it is report, mishaps happen, and vendors say so."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from queue import Empty
from threading import Event
from typing import Any, Final

from demo import wire
from demo.blackouts import BLACKOUTS, Dark
from demo.control import Control
from demo.device import Device
from demo.feed import Sent
from demo.fleet import Fleet, NoSuchMishap, spoken, truths
from demo.mishaps import Struck
from demo.noise import Noise, disturb
from demo.outlets import Outlet
from demo.truth import TruthFile
from demo.voice import Voice

log = logging.getLogger(__name__)

_TICK_S: Final = 0.05
_BEAT_S: Final = 10
_BEHIND_S: Final = 5  # a second that is older is not caught up with
_REPORT_S: Final = 60

Parcel = tuple[Device, Sent]


@dataclass(slots=True)
class Simulator:
    """Fleet, outlets and control, driven by the wall clock until `stopping` is set."""

    fleet: Fleet
    outlets: dict[str, Outlet]
    control: Control
    truth: TruthFile
    noise: Noise
    rng: random.Random
    stopping: Event = field(default_factory=Event)
    _due: deque[Parcel] = field(default_factory=deque)
    _later: list[tuple[float, int, Parcel]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _voice: Voice = field(init=False)

    def __post_init__(self) -> None:
        self._voice = Voice(self.fleet)

    def run(self) -> None:
        """Simulate until told to stop."""
        second = int(time.time())
        while not self.stopping.is_set():
            now = time.time()
            if now - second > _BEHIND_S:
                log.warning("simulator_behind", extra={"seconds": round(now - second, 1)})
                second = int(now)
            if now >= second + 1:
                second += 1
                self._second(second)
            self._ripen(now)
            self._publish(time.time() - second)
            self._answer(time.time())
            self._speak(time.time())
            self.stopping.wait(_TICK_S)

    def wish(self, what: str, code: str | None, *, at: float) -> None:
        """A mishap on command. Raises NoSuchMishap."""
        if what in BLACKOUTS:
            self._darken(self.fleet.black_out(what, code, at))
        else:
            self._happen(self.fleet.inject(what, code, at))

    def answer_to(self, said: Mapping[str, Any], at: float) -> dict[str, Any]:
        """What the control socket answers: the truth about the mishap that was asked for, or why there is none."""
        what, code, seconds = str(said.get("what")), said.get("code"), said.get("seconds")
        name = None if code is None else str(code)
        try:
            if what in BLACKOUTS:
                return {"truth": [self._darken(self.fleet.black_out(what, name, at, seconds and float(seconds))).record()]}
            struck = self.fleet.inject(what, name, at, seconds and float(seconds))
        except (NoSuchMishap, TypeError, ValueError) as refusal:
            return {"error": str(refusal)}
        self._happen(struck)
        return {"truth": [truth.record() for truth in truths(struck)]}

    def close(self) -> None:
        """Stop listening and let every vendor say goodbye."""
        self.control.close()
        for outlet in self.outlets.values():
            outlet.close()

    def _second(self, second: int) -> None:
        """Begin a second: what is left of the last one goes out first."""
        self._publish(1.0)
        self._happen(self.fleet.mishaps(second, 1.0))
        for device, body in self.fleet.sampled(second):
            self._send(device, Sent(second, "state", body))
        self._ripen(second)
        if second % _BEAT_S == 0:
            for outlet in self.outlets.values():
                outlet.beat()
        if second % _REPORT_S == 0:
            self._report()

    def _ripen(self, now: float) -> None:
        """What was kept for later, and is due."""
        while self._later and self._later[0][0] <= now:
            device, sent = heappop(self._later)[2]
            until = self.fleet.dark_until(device, now)  # what nobody hears now is told when the gateway is back
            self._keep(device, sent if until is None else sent._replace(at=until), due=until is None)

    def _send(self, device: Device, sent: Sent) -> None:
        for arrival in disturb(sent, self.noise, self.rng):
            self._keep(device, arrival, due=arrival.at <= sent.at)

    def _keep(self, device: Device, sent: Sent, *, due: bool) -> None:
        if due:
            self._due.append((device, sent))
        else:
            heappush(self._later, (sent.at, next(self._numbers), (device, sent)))

    def _publish(self, share: float) -> None:
        """Spread a second's messages over the second: about as many now as of it has passed."""
        quota = len(self._due) if share >= 1 else max(1, int(len(self._due) * _TICK_S / max(_TICK_S, 0.9 - share)))
        for _ in range(min(quota, len(self._due))):
            device, sent = self._due.popleft()
            self.outlets[device.vendor].publish(wire.topic(device, sent.channel), sent.body)

    def _happen(self, struck: list[tuple[Device, Struck]]) -> None:
        for truth in truths(struck):
            self.truth.write(truth)
            log.info("mishap", extra={"what": truth.what, "code": truth.code})
        for device, word in spoken(struck):
            self._keep(device, word, due=False)

    def _darken(self, dark: Dark) -> Dark:
        """What a blackout brings: its truths, and what lifts say before they are silent."""
        for truth in dark.truths:
            self.truth.write(truth)
        log.info("blackout", extra={"what": dark.what, "group": dark.name, "machines": len(dark.machines)})
        for device, word in spoken(dark.struck):
            self._keep(device, word, due=False)
        return dark

    def _answer(self, now: float) -> None:
        while True:
            try:
                request = self.control.requests.get_nowait()
            except Empty:
                return
            request.answer(self.answer_to(request.said, now))

    def _speak(self, now: float) -> None:
        """Let cars speak that were told to, and say so."""
        for outlet in self.outlets.values():
            while outlet.heard:
                answer = self._voice.answer(*outlet.heard.popleft(), now)
                if answer is not None:
                    self._keep(*answer, due=False)

    def _report(self) -> None:
        sent, lost = (sum(getattr(outlet, name) for outlet in self.outlets.values()) for name in ("sent", "lost"))
        refused = {outlet.vendor: outlet.refused for outlet in self.outlets.values() if outlet.refused}
        log.info("simulating", extra={"sent": sent, "lost": lost, "waiting": len(self._due), "refused": refused})
