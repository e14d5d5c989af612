"""A way to the internet that takes smaller packets than the links of hosts and containers do."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from lab.machines import Host
from lab.names import OPERATOR_IPV6
from tests.lab.lab_session import on_operator_side

MTU = 1300
BYTES = 400_000


def crosses_a_smaller_mtu(router: str, host: Host, container: str, base: str) -> bool:
    """Whether a large page of a container comes whole over a router, in whose namespace the way on is made
    narrow meanwhile, and the container hears of that. `base`: its server as the internet knows it.
    """
    host.succeed(f"docker exec {container} busybox dd if=/dev/zero of=/www/large bs={BYTES} count=1")
    with _smaller_mtu(router):
        fetched = on_operator_side(
            ["curl", "-sf", "-m", "50", "-o", "/dev/null", "-w", "%{size_download}", f"{base}/large"]
        )
        assert fetched.stdout == str(BYTES)
        process = host.succeed(f"docker inspect --format '{{{{.State.Pid}}}}' {container}").strip()
        learned = host.succeed(f"nsenter --net=/proc/{process}/ns/net ip -6 route get {OPERATOR_IPV6.ip}")
    return f"mtu {MTU}" in learned


@contextmanager
def _smaller_mtu(router: str) -> Generator[None]:
    def ip(*words: str) -> str:
        line = ["nsenter", f"--net=/run/netns/{router}", "ip", *words]
        return subprocess.run(line, capture_output=True, check=True, text=True).stdout

    device = json.loads(ip("-json", "-6", "route", "get", str(OPERATOR_IPV6.ip)))[0]["dev"]
    before = json.loads(ip("-json", "link", "show", device))[0]["mtu"]
    ip("link", "set", device, "mtu", str(MTU))
    try:
        yield
    finally:
        ip("link", "set", device, "mtu", str(before))
