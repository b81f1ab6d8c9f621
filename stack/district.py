"""The whole command centre on one machine: servers, schema, demonstration, programs, READY."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from stack import applications, broker, prepared, servers
from stack.applications import Simulation
from stack.demo_accounts import demo_accounts
from stack.errors import StackError
from stack.home import Home
from stack.ports import port_for
from stack.say import say
from stack.services_file import ServicesFile
from stack.supervisor import Supervisor

WEB_PORT = 8050
_PREPARED = (0, 3)  # exit codes of stack.prepare: a demonstration, and a real database that was left alone
_NOT_SEEDED = "演示数据未能写入，见上。The demonstration district could not be seeded, see above."
_REFUSALS = {4: "数据库结构未能更新，见上。The database schema could not be brought up to date, see above."}


@dataclass(frozen=True, slots=True)
class Plan:
    """What `./run` was asked for: `port` None is the remembered one, else 8050; `simulation` None is no simulator.

    `responders` False leaves every order to whoever sits at the screen; without a simulator nobody answers either.
    """

    port: int | None
    simulation: Simulation | None
    unsafe: bool  # throw-away: fast, and a power cut may destroy it
    broker_port: int
    responders: bool = True


def start(supervisor: Supervisor, file: ServicesFile, plan: Plan) -> str:
    """Bring everything up in order and return the URL that answers."""
    home = supervisor.home
    file.tell(accounts=[], web_url=None)
    running = servers.start(supervisor, file, unsafe=plan.unsafe, broker_port=plan.broker_port)
    env = running.environment
    port = port_for(home, "web", preferred=WEB_PORT, wanted=plan.port)
    url = f"http://127.0.0.1:{port}/"
    env |= _product_environment(home, port)
    demo_accounts(home)
    demonstration = _prepare(supervisor, env)
    accounts = demo_accounts(home)  # which units they belong to is known only now
    file.tell(web_url=url, metrics_token=env["PUTUO_METRICS_TOKEN"], accounts=accounts if demonstration else [])
    supervisor.launch(applications.ingest(env))
    supervisor.start(applications.web(env | {"MQTT_URL": running.mqtt_web_url}, port))
    supervisor.start(applications.schedule(env))
    supervisor.start(applications.outbox(env | {"PUTUO_PUBLIC_URL": os.environ.get("PUTUO_PUBLIC_URL") or url}))
    if os.environ.get("PUTUO_CITY_PLATFORM_URL"):
        supervisor.start(applications.city_platform(env))
    if plan.simulation is not None and demonstration:
        supervisor.start(applications.simulator(env, home, plan.simulation))
    if demonstration:
        speed = 1.0 if plan.simulation is None else plan.simulation.speed
        answering = plan.responders and plan.simulation is not None
        supervisor.start(applications.people(env, speed=speed, answering=answering))
    broker.save(supervisor)  # a new worker's session is on disk from now on, not from the next autosave
    return url


def _product_environment(home: Home, port: int) -> dict[str, str]:
    """Settings of our programs; a deployer's own token wins."""
    return {
        "PUTUO_RUN_DIR": str(home.run),
        "PUTUO_WEB_PORT": str(port),
        "PUTUO_METRICS_TOKEN": os.environ.get("PUTUO_METRICS_TOKEN") or home.secret("metrics-token"),
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(supervisor: Supervisor, env: dict[str, str]) -> bool:
    """The newest schema, and the demonstration district in an empty database; whether it is a demonstration."""
    home, url = supervisor.home, env["DATABASE_URL"]
    known = prepared.remembered(home)
    if known is None or known != prepared.basis(home, url):
        code = supervisor.complete("database schema and demonstration district", [sys.executable, "-m", "stack.prepare"], env=env)
        if code not in _PREPARED:
            raise StackError(_REFUSALS.get(code, _NOT_SEEDED))
        prepared.remember(home, url)
        known = prepared.remembered(home)
    demonstration = known is not None and known["mode"] == "demonstration"
    if not demonstration:
        say("这是真实数据库：不写入演示数据，不启动模拟器。A real database: neither seeded nor simulated.")
    return demonstration
