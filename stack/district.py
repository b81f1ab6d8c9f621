"""The whole command centre on one machine: servers, schema, demonstration, programs, READY."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from stack import applications, servers
from stack.applications import Simulation
from stack.demo_accounts import demo_accounts
from stack.errors import StackError
from stack.home import Home
from stack.ports import port_for
from stack.say import say
from stack.services_file import ServicesFile
from stack.supervisor import Supervisor

WEB_PORT = 8050
REAL_DATABASE = 3  # exit code of `python -m demo` when the database is not a demonstration


@dataclass(frozen=True, slots=True)
class Plan:
    """What `./run` was asked for: `port` None is the remembered one, else 8050; `simulation` None is no simulator."""

    port: int | None
    simulation: Simulation | None
    unsafe: bool  # throw-away: fast, and a power cut may destroy it
    broker_port: int


def start(supervisor: Supervisor, file: ServicesFile, plan: Plan) -> str:
    """Bring everything up in order and return the URL that answers."""
    home = supervisor.home
    file.tell(accounts=[], web_url=None)
    env = servers.start(supervisor, file, unsafe=plan.unsafe, broker_port=plan.broker_port).environment
    port = port_for(home, "web", preferred=WEB_PORT, wanted=plan.port)
    url = f"http://127.0.0.1:{port}/"
    env |= _product_environment(home, port)
    _migrate(supervisor, env)
    demonstration = _seed(supervisor, env)
    if demonstration:
        file.tell(accounts=demo_accounts(home))
    file.tell(web_url=url, metrics_token=env["PUTUO_METRICS_TOKEN"])
    supervisor.start(applications.ingest(env))
    supervisor.start(applications.schedule(env))
    if plan.simulation is not None and demonstration:
        supervisor.start(applications.simulator(env, home, plan.simulation))
    supervisor.start(applications.web(env, port))
    return url


def _product_environment(home: Home, port: int) -> dict[str, str]:
    """Settings of our programs; the deployer's own words in the environment win."""
    ours = {
        "PUTUO_RUN_DIR": str(home.run),
        "PUTUO_SECRET_KEY": home.secret("secret-key"),
        "PUTUO_METRICS_TOKEN": home.secret("metrics-token"),
    }
    kept = {name: os.environ.get(name) or value for name, value in ours.items()}
    return {**kept, "PUTUO_RUN_DIR": str(home.run), "PUTUO_WEB_PORT": str(port), "PYTHONUNBUFFERED": "1"}


def _migrate(supervisor: Supervisor, env: dict[str, str]) -> None:
    if supervisor.complete("database schema", [sys.executable, "-m", "data_access.migrations"], env=env) != 0:
        raise StackError("数据库结构未能更新，见上。The database schema could not be brought up to date, see above.")


def _seed(supervisor: Supervisor, env: dict[str, str]) -> bool:
    """Fill an empty database; whether it is a demonstration now. A real one is left alone."""
    demo_accounts(supervisor.home)
    match supervisor.complete("demonstration district", [sys.executable, "-m", "demo", "seed"], env=env):
        case 0:
            return True
        case code if code == REAL_DATABASE:
            say("这是真实数据库：不写入演示数据，不启动模拟器。A real database: neither seeded nor simulated.")
            return False
        case _:
            raise StackError("演示数据未能写入，见上。The demonstration district could not be seeded, see above.")
