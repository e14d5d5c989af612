"""A change of a host's network that never comes into force: too late, or not even begun."""

import pytest

from components.host.steps import confirm_line, scripts_bundle
from lab.machines import Host
from tests.faults.guarded_change import (
    GUARD,
    NETWORK,
    OTHER,
    TARGET,
    WINDOW,
    as_before,
    change_after_all,
    change_under_way,
    reverted,
    suspended,
    what_it_said,
)
from tests.lab.deployment import Deployment


@pytest.mark.fault("confirmation-too-late")
def test_a_confirmation_comes_after_the_host_has_reverted(deployment: Deployment, host_1: Host) -> None:
    before = host_1.succeed(NETWORK)
    with change_under_way(deployment, host_1) as process:
        with suspended(process):
            reverted(host_1)
        said = what_it_said(process)
    assert "applied, confirming" in said or "not confirmed; asking the host" in said
    assert (
        f"host-1: network: no new ssh session within {WINDOW} s of the change, reverted; the network is as it"
    ) in said
    assert "confirmed by a new ssh session" not in said
    change = host_1.succeed(f"cut -d' ' -f1 {GUARD}/reverted").strip()
    asked = host_1.run(["sh", "-c", confirm_line(scripts_bundle()[1], change)])
    assert (asked.stdout, asked.returncode) == (f"reverted nobody confirmed it within {WINDOW} s\n", 1)
    as_before(host_1, before)
    change_after_all(deployment, host_1, before)


MINE = "/etc/netplan/90-mine.yaml"
MISSPELT = "network:\n  version: 2\n  ethernets:\n    ens6:\n      adresses: [fd00:6::6/64]\n"
ARMED = "journalctl --sync; journalctl --no-pager --quiet -o cat -u dualstack-network-revert.timer | wc -l"


@pytest.mark.fault("netplan-rejects")
def test_a_file_of_the_user_s_that_netplan_cannot_read_stops_the_change(
    deployment: Deployment, host_1: Host
) -> None:
    before = host_1.succeed(NETWORK)
    host_1.succeed(f"(umask 077; printf '{MISSPELT}' >{MINE})")
    broken, armed = host_1.succeed(NETWORK), host_1.succeed(ARMED)
    try:
        with deployment.changed(gateway=OTHER):
            failed = deployment.pulumi(*TARGET, check=False)
        assert failed.exit_code != 0
        assert (
            "host-1: network: netplan cannot read the wanted files, nothing was changed; mend what it names, "
            f"then run `pulumi up` again: {MINE}:5:7: Error in network definition: unknown key 'adresses'"
        ) in " ".join(failed.text.split())
        assert (host_1.succeed(NETWORK), host_1.succeed(ARMED)) == (broken, armed)
        host_1.fail(f"test -e {GUARD}/pending || systemctl is-active dualstack-network-revert.timer")
    finally:
        host_1.succeed(f"rm {MINE}")
    change_after_all(deployment, host_1, before)
