"""The embedded Mosquitto: accounts and access list per vendor, and a queue that survives restarts."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing

from stack import mosquitto
from stack.broker_accounts import ADMIN, OWN, Vendor, access_list, password_file
from stack.home import Home, write_private
from stack.ports import known_ports, port_for
from stack.process import Service
from stack.supervisor import Supervisor

NAME = "mosquitto"
PORT = 1883
# A payload of 1 MB must reach us and be quarantined with its reason; what is larger the broker refuses.
MESSAGE_LIMIT_BYTES = 1_572_864

# Each value is explained, with the fault it decides, in docs/operations.md.
CONFIGURATION = f"""\
per_listener_settings false
allow_anonymous false
persistence true
autosave_interval 30
persistent_client_expiration 1d
max_inflight_messages 30000
max_queued_messages 0
max_queued_bytes 4294967296
message_size_limit {MESSAGE_LIMIT_BYTES}
set_tcp_nodelay true
sys_interval 10
log_dest stdout
log_type error
log_type warning
log_type notice
"""


def service(home: Home, vendors: tuple[Vendor, ...], *, preferred: int = PORT) -> tuple[Service, dict[str, str]]:
    """The broker as a service, and the URLs of our own accounts by their names."""
    found = mosquitto.program()
    folder = home.root / "mosquitto"
    folder.mkdir(exist_ok=True, mode=0o700)
    port = port_for(home, "mosquitto", preferred=preferred)
    own = {name: home.secret(f"mqtt-{name}") for name in OWN}
    write_private(folder / "passwords", password_file([*own.items(), *((vendor.username, vendor.password) for vendor in vendors)]))
    write_private(folder / "access", access_list(vendors))
    write_private(folder / "mosquitto.conf", _configuration(home, port))
    described = Service(
        name=NAME,
        argv=[found.path, "-c", folder / "mosquitto.conf"],
        ready=lambda: answers(port, ADMIN, own[ADMIN]),
        env=found.env,
        stop_timeout=30.0,  # it writes its whole queue
    )
    return described, {name: f"mqtt://{name}:{password}@127.0.0.1:{port}" for name, password in own.items()}


def save(supervisor: Supervisor) -> None:
    """Let the embedded broker write sessions and queues to disk now; somebody else's broker is left alone."""
    for child in supervisor.children:
        if child.service.name == NAME and child.running:
            child.process.send_signal(signal.SIGUSR1)


def answers(port: int, username: str, password: str, *, client_id: str = "") -> bool:
    """Whether the broker on this loopback port accepts the account (CONNECT with a clean session, then CONNACK with code 0)."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=1)) as link:
            link.sendall(_connect_packet(client_id, username, password))
            return link.recv(4) == b"\x20\x02\x00\x00"
    except OSError:
        return False


def forget(home: Home, client_id: str) -> bool:
    """End a persistent session with all it kept: a clean connection under the same client id takes its place. False: no broker."""
    return answers(known_ports(home)["mosquitto"], ADMIN, home.secret(f"mqtt-{ADMIN}"), client_id=client_id)


def _configuration(home: Home, port: int) -> str:
    folder = home.root / "mosquitto"
    lines = [
        f"listener {port} 127.0.0.1",
        f"persistence_location {folder}/",
        f"password_file {folder / 'passwords'}",
        f"acl_file {folder / 'access'}",
    ]
    if os.geteuid() == 0:
        lines.insert(0, "user root")  # else it becomes a user who cannot read its own files here
    return "\n".join(lines) + "\n" + CONFIGURATION


def _connect_packet(client_id: str, username: str, password: str) -> bytes:
    """An MQTT 3.1.1 CONNECT with a clean session and the two credentials."""
    fields = b"".join(len(part).to_bytes(2, "big") + part for part in map(str.encode, (client_id, username, password)))
    variable = b"\x00\x04MQTT\x04\xc2\x00\x05" + fields
    length = len(variable)  # below 16,384: one or two bytes of seven bits
    return b"\x10" + bytes([length] if length < 128 else [length % 128 | 128, length // 128]) + variable
