"""A change of a host's network after which the host no longer reaches what it reached before."""

import re
from pathlib import Path

import pytest

from components.host.steps import confirm_line, guarded_line, scripts_bundle
from lab.machines import Host
from lab.names import INTERNET_IPV6, OPERATOR_IPV4, OPERATOR_IPV6
from tests.faults.guarded_change import (
    NETWORK,
    OTHER,
    QUIET,
    TARGET,
    as_before,
    change_after_all,
    change_under_way,
    reverted,
    router_that_forwards_nothing,
    what_it_said,
)
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step
from tests.lab.deployment import Deployment
from tests.lab.host_steps import in_which_it_differs

SECONDS = 20
"""`revertAfter`: time for a confirmation or two, which take some seconds where something does not answer."""
FROM_BOTH = [f"{OPERATOR_IPV6.ip}/128", f"{OPERATOR_IPV4.ip}/32"]


def turned_down(address: str) -> str:
    """A pattern for what the update says."""
    return (
        rf"host-1: network: (\S+, )*{re.escape(address)}(, \S+)* answered before the change, and no longer "
        rf"does, and nothing confirmed the change within {SECONDS} s, reverted; the network is as it was"
    )


@pytest.mark.fault("reach-lost")
def test_ssh_over_ipv4_confirms_no_change_that_ends_ipv6(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    before = host_1.succeed(NETWORK)
    with deployment.changed(connect="ipv4", sshFrom=FROM_BOTH):
        deployment.bring_up()
        changed = deployment.changed(gateway=QUIET, revertAfter=SECONDS)
        with router_that_forwards_nothing(deployment, prefix), changed:
            failed = deployment.pulumi(*TARGET, check=False)
        assert failed.exit_code != 0
        assert re.search(turned_down(str(INTERNET_IPV6)), " ".join(failed.text.split())), failed.text
        as_before(host_1, before)
        converges_again(deployment)
    converges_again(deployment)


@pytest.mark.fault("reach-lost")
def test_a_change_after_which_another_host_is_not_heard_is_reverted(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    before, other = host_1.succeed(NETWORK), f"{prefix}2:2"
    host_1.wait_until_succeeds(f"ping -6 -c 1 -W 1 {other}")
    deaf = (
        "nft add table ip6 deaf; nft add chain ip6 deaf input '{ type filter hook input priority -200; }'; "
        f"nft add rule ip6 deaf input ip6 saddr {other} drop"
    )
    try:
        with change_under_way(deployment, host_1, deaf, seconds=SECONDS) as process:
            said = what_it_said(process)
    finally:
        host_1.succeed("nft delete table ip6 deaf")
    assert re.search(turned_down(other), said), said
    as_before(host_1, before)
    change_after_all(deployment, host_1, before)


@pytest.mark.fault("way-to-the-host-cut")
def test_a_session_from_before_the_change_does_not_confirm_it(
    deployment: Deployment, host_1: Host, tmp_path: Path
) -> None:
    """It may live on where no new one comes in."""
    before, change, name = host_1.succeed(NETWORK), "0123abcd", scripts_bundle()[1]
    older = Login(deployment, "host-1", tmp_path).begin(
        f"echo here; read -r _; {confirm_line(name, change)}", ""
    )
    assert older.stdout is not None
    assert older.stdout.readline() == "here\n"
    now = deployment.outputs()["hosts"]["host-1"]["gateway"]
    wanted = Step.of(deployment, "host-1-network").text.replace(now, OTHER)
    begun = host_1.run(["sh", "-c", guarded_line("apply", "network", name, change, 300)], text=wanted)
    assert begun.returncode == 0, begun.stderr
    said, _ = older.communicate("\n", timeout=60)
    assert said == "waiting this ssh session is older than the change\n"
    host_1.succeed("systemctl start dualstack-network-revert.service")
    reverted(host_1)
    assert in_which_it_differs(host_1, NETWORK, before) == []
    converges_again(deployment)
