"""What the check says of a host that it cannot reach."""

import asyncio
import socket
from dataclasses import replace

from components.host_keys import derive_host_key
from components.reachability_check.sessions import Keys, connected, inspect
from components.ssh_sessions import Login
from tests.unit.reachability.fleet import wanted

KEY = derive_host_key("a seed that guards nothing", "tests", "host")


def test_a_host_that_refuses_ssh_is_named_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    host = replace(wanted().hosts[0], login=Login("127.0.0.1", port, "debian", KEY.public))

    async def problem() -> str | None:
        async with connected(replace(wanted(), hosts=(host,)), Keys(KEY.private)) as (session,):
            return (await inspect(session)).problem

    assert asyncio.run(problem()) == f"no SSH to debian@127.0.0.1 port {port}: connection refused"
