"""Goes to the hosts, all at the same time, and asks what they have. Nothing is written there."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.resources import files as package_files
from typing import Any

import asyncssh

from ..host.facts import HostError
from ..ssh_scripts import run_script
from ..ssh_sessions import connect, in_words
from .found import Found, found_on
from .state import HostInState
from .wanted import Wanted, wanted_on

DOCKER0 = "docker0"


@dataclass(frozen=True)
class Looked:
    """What came of looking at a host. `problem`: why it could not be looked at, else None."""

    name: str
    wanted: Wanted | None = None
    found: Found | None = None
    problem: str | None = None


def look_at(hosts: Sequence[HostInState]) -> list[Looked]:
    """All of them, in their order."""

    async def all_of_them() -> list[Looked]:
        return list(await asyncio.gather(*(_look(host) for host in hosts)))

    return asyncio.run(all_of_them())


async def _look(host: HostInState) -> Looked:
    login = host.login
    try:
        wanted = wanted_on(host)
    except HostError as problem:
        return Looked(host.name, problem=str(problem))
    try:
        async with AsyncExitStack() as stack:
            key = asyncssh.import_private_key(host.key)
            tunnel = None
            if host.bastion is not None:
                tunnel = await stack.enter_async_context(await connect(host.bastion, key))
            connection = await stack.enter_async_context(await connect(login, key, tunnel))
            answer = await run_script(connection, "look.py", _script(), questions(wanted))
        return Looked(host.name, wanted, found_on(json.loads(answer)))
    except (OSError, asyncssh.Error, asyncssh.KeyImportError, ValueError, TimeoutError) as problem:
        where = f"{login.user}@{login.address} port {login.port}"
        return Looked(host.name, wanted, problem=f"{where}: {in_words(problem)}")


def _script() -> str:
    """The script, with what it takes from the scripts that stay on the hosts in its first lines."""
    look = (package_files(__package__ or "") / "on_host" / "look.py").read_text()
    scripts = package_files(__package__ or "") / ".." / "host" / "scripts"
    return (scripts / "firewalls.py").read_text() + look.replace(
        "from firewalls import foreign_filters\n", ""
    )


def questions(wanted: Wanted) -> dict[str, Any]:
    """What the script on the host is asked."""
    return {
        "files": [file.path for file in wanted.files],
        "sysctls": [key for key, _ in wanted.sysctls],
        "units": [name for name, _ in wanted.units],
        "devices": list(_devices(wanted)),
        "docker": wanted.bridge is not None,
        "networks": [network.name for network in wanted.networks],
        "containers": [container.name for container in wanted.containers],
        "apps": [app.name for app in wanted.apps],
        "tables": {table.name: table.text for table in wanted.tables},
        "docker_filter": wanted.docker_filter,
        "cloud_init": wanted.keeps_cloud_init_away,
    }


def _devices(wanted: Wanted) -> Iterable[str]:
    yield wanted.nic
    if wanted.bridge:
        yield DOCKER0
    yield from (network.device for network in wanted.networks if network.device)
