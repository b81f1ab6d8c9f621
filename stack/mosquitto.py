"""Finds the Mosquitto programs, or unpacks them from Debian's packages into var/tools: no root, no system service."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.home import TOOLS
from stack.say import say

MISSING = (
    "没有 Mosquitto：请执行 `sudo apt-get install mosquitto`，或设置 MQTT_URL 使用已有的消息服务器。"
    " Mosquitto is missing: install it (`apt-get install mosquitto`), or set MQTT_URL to a broker you have."
)
_PACKAGES = ("mosquitto", "mosquitto-clients")
_LIBRARIES = ("libcjson1", "libdlt2", "libmosquitto1", "libwrap0", "libwebsockets17", "libwebsockets19t64", "libev4", "libuv1", "libnsl2")
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_AS_OURSELVES = ("-o", "APT::Sandbox::User=root")  # apt would become a user who cannot write here
_DOWNLOAD_S = 120


@dataclass(frozen=True, slots=True)
class Program:
    """A program and the environment its libraries need."""

    path: Path
    env: dict[str, str]


def program(name: str = "mosquitto", *, tools: Path = TOOLS) -> Program:
    """An installed program, or the one unpacked below `tools`, which is done now when it is the first time."""
    found = find(name, tools=tools)
    if found is None:
        _unpack(tools)
        found = find(name, tools=tools)
    if found is None:
        raise StackError(MISSING)
    return found


def find(name: str, *, tools: Path = TOOLS) -> Program | None:
    """The program without installing anything; MOSQUITTO_BIN names the broker itself."""
    if name == "mosquitto" and (chosen := os.environ.get("MOSQUITTO_BIN")):
        return Program(Path(chosen), {})
    installed = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_FOLDERS)))
    if installed is not None:
        return Program(Path(installed), {})
    root = tools / "mosquitto"
    for folder in ("usr/sbin", "usr/bin"):
        if (root / folder / name).exists():
            return Program(root / folder / name, {"LD_LIBRARY_PATH": os.pathsep.join(map(str, sorted(root.glob("usr/lib/*/"))))})
    return None


def _unpack(tools: Path) -> None:
    """Download and unpack the packages; whoever comes second waits for the first."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        raise StackError(MISSING)
    tools.mkdir(parents=True, exist_ok=True)
    with (tools / "mosquitto.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find("mosquitto", tools=tools) is not None:
            return
        say("Mosquitto: unpacking Debian's packages (no installation)")
        draft = tools / f"mosquitto.{os.getpid()}"
        try:
            for archive in _download(apt, draft / "archives", tools / "apt"):
                subprocess.run([dpkg, "-x", archive, draft / "root"], check=True, capture_output=True, timeout=_DOWNLOAD_S)
            (draft / "root").rename(tools / "mosquitto")
        except (subprocess.SubprocessError, OSError) as exc:
            raise StackError(MISSING) from exc
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _download(apt: str, folder: Path, state: Path) -> list[Path]:
    """The packages as files. Where the machine's package lists are empty, private ones are fetched: that needs no root either."""
    folder.mkdir(parents=True)
    options: list[str] = []
    if not _offered(options):
        options = _private_lists(state)
        subprocess.run([apt, *options, "-qq", "update"], check=True, capture_output=True, timeout=_DOWNLOAD_S)
    subprocess.run(
        [apt, *options, "-qq", *_AS_OURSELVES, "download", *_offered(options)],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=_DOWNLOAD_S,
    )
    return sorted(folder.glob("*.deb"))


def _offered(options: list[str]) -> list[str]:
    """Which of our packages this release has; none at all when the broker itself is not among them."""
    listed = subprocess.run(["apt-cache", *options, "pkgnames"], check=True, capture_output=True, text=True, timeout=_DOWNLOAD_S)
    known = set(listed.stdout.split())
    return [name for name in (*_PACKAGES, *_LIBRARIES) if name in known] if set(_PACKAGES) <= known else []


def _private_lists(state: Path) -> list[str]:
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}/cache", *_AS_OURSELVES]
