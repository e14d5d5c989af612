"""A host with one layer broken: `doctor` names that layer, and what to do."""

import subprocess
import sys

import pytest

from lab.machines import Host
from tests.lab.deployment import Deployment

IN_WEB_1 = "nsenter --net=/proc/$(docker inspect --format '{{.State.Pid}}' web-1)/ns/net"
FOREIGN = (
    "nft add table inet mine && nft 'add chain inet mine forward { type filter hook forward priority 5; }'"
    " && nft add rule inet mine forward drop"
)


def doctor(deployment: Deployment, host: str) -> tuple[int, dict[str, str], str]:
    """Exit code, the failed layers with what is said of them, and all of the text."""
    done = subprocess.run(
        [*deployment.prefix, sys.executable, "-m", "components.doctor", "--stack", deployment.stack, host],
        cwd=deployment.folder,
        env=deployment.environ,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    failed = [line.split(" FAILED ") for line in done.stdout.splitlines() if " FAILED " in line]
    return done.returncode, {name.strip(): text.strip() for name, text in failed}, done.stdout


@pytest.mark.parametrize(
    ("broken", "mended", "layer", "said"),
    [
        pytest.param(
            "sysctl -qw net.ipv6.conf.all.forwarding=0",
            "sysctl -q --load=/etc/sysctl.d/99-dualstack.conf",
            "routes",
            "kernel settings: net.ipv6.conf.default.forwarding = 0, net.ipv6.conf.all.forwarding = 0",
            id="forwarding is off",
        ),
        pytest.param(
            FOREIGN,
            "nft delete table inet mine",
            "filter",
            "foreign filter before the containers: nft: table inet mine, chain forward: a rule drops",
            id="a foreign filter drops",
        ),
        pytest.param(
            f"{IN_WEB_1} ip -6 address flush dev eth0 scope global",
            "systemctl restart dualstack-container@web-1",
            "containers",
            "container web-1: not {prefix}a on its interface",
            id="a container has no address",
        ),
    ],
)
def test_a_broken_layer_is_named_and_so_are_the_pairs(
    deployment: Deployment, host_1: Host, prefix: str, broken: str, mended: str, layer: str, said: str
) -> None:
    host_1.succeed(broken)
    try:
        code, failed, text = doctor(deployment, "host-1")
    finally:
        host_1.succeed(mended)
    assert (code, set(failed)) == (2, {layer, "pairs"}), text
    assert failed[layer].startswith(said.format(prefix=prefix))
    host_1.wait_until_succeeds(f"docker exec web-1 ping -6 -c 1 -W 2 {prefix}e", timeout=60)


def test_a_host_whose_cable_is_cut_stops_at_tcp_and_a_right_one_at_no_layer(
    deployment: Deployment, host_2: Host
) -> None:
    assert doctor(deployment, "host-2")[:2] == (0, {})
    host_2.cut()
    try:
        code, failed, text = doctor(deployment, "host-2")
    finally:
        host_2.mend()
    assert (code, list(failed)) == (2, ["tcp"]), text
    assert "no answer" in failed["tcp"] or "no route to host" in failed["tcp"]
    assert f"get-console-output --latest --instance-id {host_2.instance_id}" in text
