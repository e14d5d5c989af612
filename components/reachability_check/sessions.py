"""SSH to the hosts, and the scripts that run there."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from typing import Any

import asyncssh

from ..ssh_key_variables import OWN_PRIVATE_KEYS_VARIABLE, PRIVATE_KEY_VARIABLE
from ..ssh_scripts import SCRIPT_SECONDS, printed, run_script, script
from ..ssh_sessions import CONNECT_SECONDS, connect, in_words
from .observations import FoundHost, Result, Sighting, found_host, result, sighting
from .probes import Probe
from .wanted import Wanted, WantedHost


@dataclass(frozen=True)
class Session:
    """An open connection to the host `name`, or why there is none. `networks`: devices by Docker's names."""

    name: str
    networks: dict[str, str]
    connection: asyncssh.SSHClientConnection | None
    problem: str | None = None


@dataclass(frozen=True)
class Keys:
    """The private keys, as texts: that of all hosts and the bastion, and by name those of hosts with their
    own.
    """

    of_all: str
    own: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> "Keys":
        """The keys that a local command is given. Raises ValueError where the hosts' own are no JSON."""
        own = json.loads(environment.get(OWN_PRIVATE_KEYS_VARIABLE, "{}"))
        return cls(environment.get(PRIVATE_KEY_VARIABLE, ""), own)

    def of(self, host: str) -> asyncssh.SSHKey:
        """The key for a host. Raises asyncssh.KeyImportError for a malformed one."""
        return asyncssh.import_private_key(self.own.get(host) or self.of_all)


@asynccontextmanager
async def connected(wanted: Wanted, keys: Keys) -> AsyncGenerator[list[Session]]:
    """Sessions with all hosts, made side by side.

    Raises asyncssh.KeyImportError for a malformed key, and OSError or asyncssh.Error when there is no way
    through the bastion.
    """
    async with AsyncExitStack() as stack:
        tunnel = None
        if wanted.bastion is not None:
            tunnel = await stack.enter_async_context(await connect(wanted.bastion, keys.of(""), None))
        yield await asyncio.gather(
            # The bastion may be one of the hosts: then it is not gone through to reach itself.
            *(
                _session(host, keys.of(host.name), None if host.login == wanted.bastion else tunnel, stack)
                for host in wanted.hosts
            )
        )


async def _session(
    host: WantedHost,
    key: asyncssh.SSHKey,
    tunnel: asyncssh.SSHClientConnection | None,
    stack: AsyncExitStack,
) -> Session:
    login = host.login
    networks = {network.name: network.device for network in host.networks}
    try:
        connection = await stack.enter_async_context(await connect(login, key, tunnel))
    except (OSError, asyncssh.Error) as problem:
        said = f"no SSH to {login.user}@{login.address} port {login.port}: {in_words(problem)}"
        return Session(host.name, networks, None, said)
    return Session(host.name, networks, connection)


async def inspect(session: Session) -> FoundHost:
    """What the host is like; a host that cannot say has a `problem`."""
    if session.connection is None:
        return FoundHost(problem=session.problem)
    try:
        return found_host(
            json.loads(await _run(session.connection, "inspect_host.py", {"networks": session.networks}))
        )
    except (OSError, asyncssh.Error, ValueError, TimeoutError) as problem:
        return FoundHost(problem=f"could not be inspected: {in_words(problem)}")


async def probe(session: Session, pid: int | None, probes: Sequence[Probe]) -> list[Result]:
    """Tries the probes on a host, in the network namespace of the process `pid` (None for the host's own)."""
    if session.connection is None or not probes:
        return []
    wanted = {
        "pid": pid,
        "probes": [
            {
                "key": one.key,
                "kind": one.kind,
                "address": one.address,
                "port": one.port,
                "url": one.address,
            }
            for one in probes
        ],
    }
    try:
        output = await _run(session.connection, "probe.py", wanted)
        return [result(entry) for entry in json.loads(output)]
    except (OSError, asyncssh.Error, ValueError, TimeoutError) as problem:
        return [Result(one.key, ok=False, error=f"could not be tried: {in_words(problem)}") for one in probes]


@asynccontextmanager
async def observed(
    sessions: Iterable[Session], found: dict[str, FoundHost]
) -> AsyncGenerator[dict[str, tuple[Sighting, ...]]]:
    """While open, every host watches for the check's packets; filled with the sightings at the end."""
    seen: dict[str, tuple[Sighting, ...]] = {}
    running: dict[str, asyncssh.SSHClientProcess[str]] = {}
    for session in sessions:
        nic = found[session.name].nic
        if session.connection is not None and nic is not None:
            bridges = list(session.networks.values())
            command, text = script(_text("observe.py"), {"nic": nic, "bridges": bridges})
            process = await session.connection.create_process(command)
            process.stdin.write(text)
            running[session.name] = process
    for process in running.values():
        await asyncio.wait_for(process.stdout.readline(), CONNECT_SECONDS)
    yield seen
    for name, process in running.items():
        process.stdin.write_eof()
        done = await asyncio.wait_for(process.wait(), SCRIPT_SECONDS)
        output = printed(f"{name}: observe.py", done)
        seen[name] = tuple(sighting(entry) for entry in json.loads(output))


async def _run(connection: asyncssh.SSHClientConnection, name: str, wanted: dict[str, Any]) -> str:
    return await run_script(connection, name, _text(name), wanted)


def _text(name: str) -> str:
    return (package_files(__package__ or "") / "on_host" / name).read_text()
