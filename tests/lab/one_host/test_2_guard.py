"""Changes of a real host's network that are refused, reverted or not confirmed leave it as it was."""

import pytest

from lab.machines import CommandFailed
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import wait_for
from tests.lab.one_host.bench import IN_PLACE, NETWORK, OTHER_GATEWAY, eventually_at


@pytest.mark.fault("first-change-reverted")
def test_the_very_first_change_is_reverted_to_cloud_inits_own_files(reverted: tuple[str, str]) -> None:
    before, after = reverted
    assert "50-cloud-init.yaml" in before
    assert after == before


def test_a_gateway_that_does_not_answer_is_reverted(prepared: HostUnderSteps) -> None:
    before = prepared.host.succeed("ip -6 route show default; cat /etc/netplan/*")
    with pytest.raises(CommandFailed, match=r"fe80::dead does not answer .*; reverted, the network is"):
        prepared.apply("network", gateway="fe80::dead")
    assert prepared.host.succeed("ip -6 route show default; cat /etc/netplan/*") == before


def test_the_end_of_an_older_version_s_step_gives_nothing_back(prepared: HostUnderSteps) -> None:
    """Pulumi deletes it once the new one, which is another resource, is made."""
    host = prepared.host
    before = host.succeed(NETWORK)
    host.succeed("mv /var/lib/dualstack/guarded-network /var/lib/dualstack/network")
    assert prepared.apply_all()[1] == "network: unchanged\n"
    script = "/usr/local/lib/dualstack/*/host_files.py"
    assert host.succeed(f"python3 $(ls {script} | head -n 1) restore /var/lib/dualstack/network") == ""
    assert host.succeed(NETWORK) == before


@pytest.mark.fault("netplan-rejects")
def test_files_that_netplan_rejects_touch_nothing(prepared: HostUnderSteps) -> None:
    host = prepared.host
    before = host.succeed(NETWORK)
    wanted = prepared.wanted("network", OTHER_GATEWAY).replace("addresses:", "adresses:")
    with pytest.raises(CommandFailed) as refused:
        prepared.begin("apply", "network", wanted)
    assert "network: netplan cannot read the wanted files, nothing was changed; " in str(refused.value)
    assert "unknown key 'adresses'" in str(refused.value)
    assert host.succeed(NETWORK) == before
    host.fail("systemctl is-active dualstack-network-revert.timer")
    assert prepared.confirm() == "unknown\n"


def test_a_step_is_not_taken_away_where_netplan_could_not_read_what_is_left(prepared: HostUnderSteps) -> None:
    """netplan could then not apply it, and neither what was there before: the host would reboot."""
    host, boot = prepared.host, prepared.host.boot_id()
    host.succeed("(umask 077; printf 'network: {version: 2, ethernet: {}}\n' >/etc/netplan/90-mine.yaml)")
    before = host.succeed(NETWORK)
    with pytest.raises(CommandFailed) as refused:
        prepared.begin("remove", "network", "")
    assert (
        "network: netplan cannot read the wanted files, nothing was changed; mend what it names, then run "
        "`pulumi up` again: /etc/netplan/90-mine.yaml:1:"
    ) in str(refused.value)
    assert (host.succeed(NETWORK), host.boot_id()) == (before, boot)
    host.succeed("rm /etc/netplan/90-mine.yaml")


@pytest.mark.fault("confirmation-too-late")
def test_a_change_that_nobody_confirms_reverts_by_itself(prepared: HostUnderSteps) -> None:
    host = prepared.host
    before = host.succeed(NETWORK)
    said = prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY), 25)
    pending = prepared.change
    assert said.startswith(
        f"network: ens5 has {prepared.subnet.network_address}1:1/64, gateway {OTHER_GATEWAY}, no DHCPv6\n"
        f"applied {pending} reverts in "
    )
    assert f"via {OTHER_GATEWAY}" in host.succeed(NETWORK)
    with pytest.raises(CommandFailed, match=r"another network change is pending, reverts in \d+ s; nothing"):
        prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY))
    prepared.change = pending
    host.wait_until_succeeds("test -e /var/lib/dualstack/guard/reverted", timeout=120)
    assert host.succeed(NETWORK) == before
    assert prepared.confirm() == "reverted nobody confirmed it within 25 s\n"
    host.fail("ls /etc/systemd/system/dualstack-network-restore.service")


@pytest.mark.fault("clock-jumps")
def test_the_clock_that_reverts_is_one_that_nobody_sets(prepared: HostUnderSteps) -> None:
    """Machines share this computer's clock, so it is not set here: systemd says which clock it waits for."""
    prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY), 30)
    shown = prepared.host.succeed(
        "systemctl show dualstack-network-revert.timer -p TimersMonotonic -p TimersCalendar -p "
        "NextElapseUSecRealtime -p NextElapseUSecMonotonic"
    )
    assert "TimersMonotonic={ OnActiveUSec=30s ; next_elapse=" in shown
    assert "TimersCalendar=" not in shown
    assert "NextElapseUSecRealtime=\n" in shown
    prepared.host.succeed("systemctl start dualstack-network-revert.service")
    wait_for(lambda: prepared.confirm() == "reverted nobody confirmed it within 30 s\n", "the revert")


@pytest.mark.matrix
def test_a_power_cut_before_the_confirmation_boots_the_confirmed_network(prepared: HostUnderSteps) -> None:
    host = prepared.host
    before = host.succeed(NETWORK)
    prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY), 60)
    boot = host.boot_id()
    host.power_cut()
    host.wait_for_reboot(boot)
    host.wait_for_unit("ssh.service")
    assert host.succeed(NETWORK) == before
    assert prepared.confirm() == "reverted the machine went down before the change was confirmed\n"
    eventually_at(prepared, IN_PLACE)
