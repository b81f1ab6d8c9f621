"""The three servers: embedded, or the one a URL in the environment names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from stack import broker, cache, postgres
from stack.broker_accounts import Vendor, vendors
from stack.services_file import ServicesFile
from stack.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the three are, and the broker accounts of the vendors."""

    database_url: str
    redis_url: str
    mqtt_url: str
    mqtt_admin_url: str
    mqtt_web_url: str
    vendors: tuple[Vendor, ...]

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "MQTT_URL": self.mqtt_url}


def start(supervisor: Supervisor, file: ServicesFile, *, unsafe: bool = False, broker_port: int = broker.PORT) -> Servers:
    """Start what no URL replaces, in the order database, cache, broker, and write down where they are."""
    home = supervisor.home
    database_url = os.environ.get("DATABASE_URL") or _start_postgres(supervisor, unsafe=unsafe)
    redis_url = os.environ.get("REDIS_URL") or _start_cache(supervisor)
    listed = vendors(home)
    if given := os.environ.get("MQTT_URL"):
        mqtt_url = mqtt_admin_url = mqtt_web_url = given
        listed = tuple(_with_account_of(given, vendor) for vendor in listed)
    else:
        described, urls = broker.service(home, listed, preferred=broker_port)
        supervisor.start(described)
        mqtt_url, mqtt_admin_url, mqtt_web_url = urls["ingest"], urls["admin"], urls["web"]
    file.tell(
        database_url=database_url,
        redis_url=redis_url,
        mqtt_url=mqtt_url,
        mqtt_admin_url=mqtt_admin_url,
        mqtt_web_url=mqtt_web_url,
        vendors=[{"name": v.name, "title": v.title, "username": v.username, "password": v.password} for v in listed],
    )
    return Servers(database_url, redis_url, mqtt_url, mqtt_admin_url, mqtt_web_url, listed)


def _start_postgres(supervisor: Supervisor, *, unsafe: bool) -> str:
    described, url = postgres.service(supervisor.home, unsafe=unsafe)
    supervisor.start(described)
    postgres.ensure_database(url)
    return url


def _start_cache(supervisor: Supervisor) -> str:
    described, url = cache.service(supervisor.home)
    supervisor.start(described)
    return url


def _with_account_of(url: str, vendor: Vendor) -> Vendor:
    """With a broker that is not ours we know one account: the one in its URL."""
    parts = urlsplit(url)
    return Vendor(vendor.name, vendor.title, unquote(parts.username or ""), unquote(parts.password or ""))
