"""The steps on a real host: what they make of it, what survives, and that they give it back as it was."""

import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Network

import pytest

from lab.machines import CommandFailed, Host
from tests.lab.host_steps import API, CLOUD_INIT_FILES, SNAPSHOT, WEB, HostUnderSteps
from tests.lab.lab_session import (
    Keys,
    Lab,
    Network,
    ami_of,
    make_interface,
    network_with_key,
    run_instance,
    wait_for,
)

KEY_NAME = "host-scripts"
AMI_WITHOUT_DOCKER = ami_of("debian-13")


@pytest.fixture(scope="module")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


def launch(network: Network, keys: Keys, addresses: tuple[str, ...], *ami: str) -> Host:
    interface = make_interface(network, [f"{network.ipv6_prefix}{one}" for one in addresses])
    return run_instance(interface, keys, KEY_NAME, *ami)


def ready(host: Host) -> None:
    host.wait_for_unit("ssh.service")
    host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")


@pytest.fixture(scope="module")
def untouched(network: Network, keys: Keys) -> HostUnderSteps:
    """A host with Docker, before any step."""
    host = launch(network, keys, ("1:1", "8", "9", "a", "b"))
    ready(host)
    host.wait_for_unit("docker.service")
    return HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (WEB, API))


@pytest.fixture(scope="module")
def snapshot(untouched: HostUnderSteps) -> str:
    return untouched.host.succeed(SNAPSHOT)


@pytest.fixture(scope="module")
def reverted(untouched: HostUnderSteps, snapshot: str) -> tuple[str, str]:
    """What cloud-init made of the network, before and after the very first change, which nobody confirmed."""
    assert snapshot
    host = untouched.host
    untouched.apply_all_before("network")
    before = host.succeed(CLOUD_INIT_FILES)
    untouched.begin("apply", "network", untouched.wanted("network", None), 8)
    assert "60-dualstack.yaml" in host.succeed(CLOUD_INIT_FILES)
    host.wait_until_succeeds("test -e /var/lib/dualstack/guard/reverted", timeout=60)
    return before, host.succeed(CLOUD_INIT_FILES)


@pytest.fixture(scope="module")
def prepared(untouched: HostUnderSteps, snapshot: str, reverted: tuple[str, str]) -> HostUnderSteps:
    """The host after all steps."""
    assert (snapshot != "", len(reverted)) == (True, 2), "both are looked at before the steps"
    untouched.apply_all()
    return untouched


def eventually_at(steps: HostUnderSteps, expected: dict[str, str]) -> None:
    """Waits until every container runs at the address that is its own."""
    deadline = time.monotonic() + 60
    while (found := {name: steps.address_of(name) for name in expected}) != expected:
        assert time.monotonic() < deadline, f"containers are at {found}, not at {expected}"
        time.sleep(0.5)


NETWORK = "ip -6 route show default; ip -6 -oneline address show dev ens5 scope global; cat /etc/netplan/*"
OTHER_GATEWAY = "fe80:ec2::1"
IN_PLACE = {"web": "a", "api": "b"}


@pytest.mark.fault("first-change-reverted")
def test_the_very_first_change_is_reverted_to_cloud_inits_own_files(reverted: tuple[str, str]) -> None:
    before, after = reverted
    assert "50-cloud-init.yaml" in before
    assert after == before


def test_the_host_has_its_address_alone_and_no_lease(prepared: HostUnderSteps) -> None:
    prefix = prepared.subnet.network_address
    found = prepared.host.succeed("ip -6 -oneline address show dev ens5 scope global")
    assert found.split()[3:6] == [f"{prefix}1:1/64", "scope", "global"]
    assert len(found.splitlines()) == 1
    assert "dynamic" not in found
    assert prepared.host.succeed("ls /etc/netplan") == "60-dualstack.yaml\n"


def test_the_host_s_routes_have_the_article_s_shape(prepared: HostUnderSteps) -> None:
    routes = prepared.host.succeed("ip -6 route")
    prefix = prepared.subnet.network_address
    assert f"{prefix}/64 dev ens5 proto kernel" in routes
    assert f"{prefix}8/126 dev docker0" in routes
    assert len(prepared.host.succeed("ip -6 route show default").splitlines()) == 1
    assert "proto static" in prepared.host.succeed("ip -6 route show default")


def test_the_containers_are_in_their_places(prepared: HostUnderSteps) -> None:
    eventually_at(prepared, IN_PLACE)


def test_containers_on_docker0_reach_all_of_each_other_s_ports(prepared: HostUnderSteps) -> None:
    """Though the kernel filters bridged packets here: else no filter would have a say."""
    host, api = prepared.host, f"{prepared.subnet.network_address}b"
    assert host.succeed("sysctl -n net.bridge.bridge-nf-call-ip6tables") == "1\n"
    host.succeed("docker exec api httpd -p [::]:8081 -h /www")
    host.succeed(f"docker exec web wget -q -T 3 -O /dev/null http://[{api}]:8081/")


def test_a_second_run_changes_nothing_and_restarts_nothing(prepared: HostUnderSteps) -> None:
    started = prepared.host.succeed("docker inspect --format '{{.State.StartedAt}}' web api")
    said = prepared.apply_all()
    assert said == [
        "kernel: unchanged\n",
        "network: unchanged\n",
        '{"engine": "26.1.5"}\n',
        "filter: unchanged\n",
        "docker: unchanged\n",
        "container web: unchanged\n",
        "container api: unchanged\n",
    ]
    assert prepared.host.succeed("docker inspect --format '{{.State.StartedAt}}' web api") == started


def test_the_facts_are_the_same_before_and_after(prepared: HostUnderSteps) -> None:
    before = prepared.facts
    prepared.apply_all()
    assert prepared.facts == before


def test_containers_that_die_together_come_back_each_to_its_place(prepared: HostUnderSteps) -> None:
    prepared.host.succeed("kill -KILL $(docker inspect --format '{{.State.Pid}}' web api)")
    time.sleep(1)
    eventually_at(prepared, IN_PLACE)


def test_a_container_comes_back_to_its_place_when_a_lower_one_is_free(prepared: HostUnderSteps) -> None:
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@web && systemctl restart dualstack-container@api")
    eventually_at(prepared, {"api": "b", "web": ""})
    host.succeed("systemctl start dualstack-container@web")
    eventually_at(prepared, IN_PLACE)
    assert host.succeed("docker ps --all --format '{{.Names}}' | sort") == "api\nweb\n"


def test_a_place_that_a_hand_run_container_has_is_refused_with_its_name(prepared: HostUnderSteps) -> None:
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@web; docker run -d --name by-hand lab/web:1")
    with pytest.raises(CommandFailed, match=r"::a is held by container by-hand; stop that"):
        prepared.apply_container(WEB)
    host.succeed("docker rm --force by-hand")
    prepared.apply_container(WEB)
    eventually_at(prepared, IN_PLACE)


def test_a_container_under_another_name_takes_the_place_of_the_one_that_goes(
    prepared: HostUnderSteps,
) -> None:
    site, prefix = replace(WEB, name="site"), prepared.subnet.network_address
    renamed = replace(prepared, containers=(site, API))
    assert renamed.apply_container(site) == (
        "container site: web had this place, and is taken away\n"
        f"container site: lab/web:1 is up at {prefix}a\n"
    )
    renamed.remove_container("web")
    eventually_at(renamed, {"site": "a", "api": "b"})
    prepared.apply_container(WEB)
    prepared.remove_container("site")
    eventually_at(prepared, IN_PLACE)
    assert prepared.host.succeed("docker ps --all --format '{{.Names}}' | sort") == "api\nweb\n"
    assert prepared.host.succeed("ls /etc/dualstack/containers") == "api\nweb\n"


def test_two_containers_change_places(prepared: HostUnderSteps) -> None:
    first, second = replace(API, place=1), replace(WEB, place=2)
    changed = replace(prepared, containers=(first, second))
    changed.apply_container(first)
    changed.apply_container(second)
    eventually_at(changed, {"api": "a", "web": "b"})
    prepared.apply_container(WEB)
    prepared.apply_container(API)
    eventually_at(prepared, IN_PLACE)


def test_a_gateway_that_does_not_answer_is_reverted(prepared: HostUnderSteps) -> None:
    before = prepared.host.succeed("ip -6 route show default; cat /etc/netplan/*")
    with pytest.raises(CommandFailed, match=r"fe80::dead does not answer .*; reverted, the network is"):
        prepared.apply("network", gateway="fe80::dead")
    assert prepared.host.succeed("ip -6 route show default; cat /etc/netplan/*") == before


def test_after_a_reboot_everything_is_as_it_was(prepared: HostUnderSteps) -> None:
    """A container run by hand has got the first place at boot, and gives it up."""
    host = prepared.host
    host.succeed("systemctl stop dualstack-container@api; docker rm api")
    host.succeed("docker run -d --restart always --name by-hand lab/web:1")
    boot = host.boot_id()
    host.reboot()
    host.wait_for_reboot(boot)
    host.wait_for_unit("dualstack-containers.service")
    eventually_at(prepared, {"web": "a", "by-hand": "b"})
    host.succeed("docker rm --force by-hand")
    prepared.apply_container(API)
    eventually_at(prepared, IN_PLACE)
    assert "dynamic" not in host.succeed("ip -6 address show dev ens5")


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
    said = prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY), 8)
    pending = prepared.change
    assert said.startswith(
        f"network: ens5 has {prepared.subnet.network_address}1:1/64, gateway {OTHER_GATEWAY}, no DHCPv6\n"
        f"applied {pending} reverts in "
    )
    assert f"via {OTHER_GATEWAY}" in host.succeed(NETWORK)
    with pytest.raises(CommandFailed, match=r"another network change is pending, reverts in \d s; nothing"):
        prepared.begin("apply", "network", prepared.wanted("network", OTHER_GATEWAY))
    prepared.change = pending
    host.wait_until_succeeds("test -e /var/lib/dualstack/guard/reverted", timeout=15)
    assert host.succeed(NETWORK) == before
    assert prepared.confirm() == "reverted nobody confirmed it within 8 s\n"
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


def test_without_its_steps_the_host_is_as_it_was_found(prepared: HostUnderSteps, snapshot: str) -> None:
    prepared.remove_all()
    prepared.host.wait_until_succeeds("ip -6 address show dev ens5 | grep -q '::1:1/128'", timeout=30)
    assert prepared.host.succeed(SNAPSHOT) == snapshot


@pytest.mark.matrix
def test_docker_is_installed_where_there_is_none(network: Network, keys: Keys) -> None:
    host = launch(network, keys, ("2:2", "c", "d", "e", "f"), AMI_WITHOUT_DOCKER)
    ready(host)
    steps = HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (), slot=2)
    assert steps.apply_all()[2] == '{"engine": "26.1.5"}\n'
    assert host.succeed("docker version --format '{{.Server.Version}}'").startswith("26.1.5")
    assert host.succeed("ls /usr/sbin/policy-rc.d 2>&1 || true").strip().endswith("No such file or directory")
    steps.remove_all()
    host.fail("command -v dockerd docker containerd")
