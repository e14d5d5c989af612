"""A host in this process: SSH as it is, and for each step an answer that a test writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncssh

from tests.components.test_existing import FACTS
from tests.unit.plugins.ssh_server import Listening, serving

ENGINE = '{"engine": "28.5.2"}'


@dataclass
class ScriptedHost:
    """What a step is answered, by its concern: (what it prints, its exit code). Others print `unchanged`.

    `seen`: the concerns of the steps that ran, in order, `remove ...` where one was taken away.
    """

    port: int = 0
    answers: dict[str, tuple[bytes, int]] = field(default_factory=dict[str, tuple[bytes, int]])
    seen: list[str] = field(default_factory=list[str])


@contextmanager
def scripted_host(login: str, key: asyncssh.SSHKey, port: int = 0) -> Iterator[ScriptedHost]:
    """A host on loopback with the host key `key`, that lets in who has the private half of `login`."""
    host = ScriptedHost(port, {"facts": (FACTS.encode(), 0), "engine": (ENGINE.encode(), 0)})

    async def step(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await process.stdin.read()
        words = (process.command or "").split(" # ")[0].split()
        # sudo .../within SECONDS VERB CONCERN
        verb, concern = ("apply", "facts") if words[-1] == "-s" else words[3:5]
        host.seen.append(concern if verb == "apply" else f"{verb} {concern}")
        text, status = host.answers.get(host.seen[-1], (b"unchanged\n", 0))
        process.stdout.write(text)
        process.exit(status)

    def listen() -> Listening:
        return asyncssh.listen(
            "localhost",
            port,
            server_host_keys=[key],
            authorized_client_keys=asyncssh.import_authorized_keys(login),
            process_factory=step,
            encoding=None,
        )

    with serving(listen) as host.port:
        yield host
