"""How a fabric is made, changed and taken away; what its DHCP servers offer."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.fabric import FabricRuntime, namespaces, plan, teardown
from lab.fabric.trouble import NotSupportedError
from lab.names import NAMESPACE_PREFIX
from tests.lab.lab_session import eventually
from tests.lab.region.fabric_bench import OPTIONS, PREFIX, ROUTER, host, ip, run
from tests.unit.fabric.example import NET, instance, interface, region

CLIENT = Path(__file__).with_name("dhcp_client.py")
TRIES = 10
FIRST = "i-00000000000000001"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[FabricRuntime]:
    teardown(PREFIX)
    with FabricRuntime(PREFIX, tmp_path) as made:
        made.apply(plan(region(), OPTIONS))
        yield made


def offered(way: str, number: int = 1) -> list[str]:
    run(host(number), "sysctl", "-qw", "net.ipv6.conf.ens5.accept_dad=0")
    ip(host(number), "link set ens5 up")
    mac = f"0a:58:a9:00:00:0{number}"
    said: list[str] = []
    for _ in range(TRIES):  # which each wait for some seconds
        done = run(host(number), sys.executable, str(CLIENT), way, "ens5", mac)
        said = done.stdout.splitlines() or [done.stderr]
        if done.stdout:
            break
    return said


def devices(namespace: str) -> list[str]:
    listed = run(namespace, "ip", "-br", "link").stdout.splitlines()
    return sorted(line.split()[0].partition("@")[0] for line in listed)


def test_a_machine_is_offered_what_a_vpc_offers(runtime: FabricRuntime) -> None:
    assert offered("ra") == ["fe80::1066:30ff:feb8:c008", "managed", "2001:db8:0:100::/64 on-link"]
    assert offered("dhcp4") == ["10.0.0.11", "router 10.0.0.1", "mtu 9001"]
    assert offered("dhcp6") == [f"{NET}:1:1"]
    assert offered("dhcp6", 2) == [f"{NET}:2:2"]


def test_dhcp_can_lease_every_address_as_it_was_seen_to(runtime: FabricRuntime) -> None:
    interfaces = tuple(replace(one, dhcpv6_leases="all") for one in region().interfaces)
    runtime.apply(plan(region(interfaces=interfaces), OPTIONS))
    assert sorted(offered("dhcp6")) == sorted(f"{NET}{end}" for end in (":1:1", ":8", ":9", ":a", ":b"))


def test_a_machines_end_has_the_mac_of_its_interface_and_lies_in_its_own_namespace(
    runtime: FabricRuntime,
) -> None:
    assert devices(host(1)) == ["ens5", "lo"]
    shown = run(host(1), "ip", "link", "show", "ens5").stdout
    assert "link/ether 0a:58:a9:00:00:01" in shown
    assert "mtu 9001" in shown


def test_a_stopped_instance_loses_its_namespace_and_the_other_is_not_touched(runtime: FabricRuntime) -> None:
    before = run(host(2), "ip", "link", "show", "ens5").stdout
    servers = set(namespaces.processes(ROUTER))
    runtime.apply(plan(region(instances=(instance(1, state="stopped"), instance(2))), OPTIONS))
    assert not (namespaces.FOLDER / host(1)).exists()
    assert devices(ROUTER) == ["eni-00000000002", "internet", "lo"]
    assert run(host(2), "ip", "link", "show", "ens5").stdout == before
    assert set(namespaces.processes(ROUTER)) < servers


def test_an_address_moves_between_interfaces(runtime: FabricRuntime) -> None:
    moved = (interface(1, ":1:1", ":8", ":9", ":a"), interface(2, ":2:2", ":c", ":d", ":e", ":f", ":b"))
    runtime.apply(plan(region(interfaces=moved), OPTIONS))
    routes = run(ROUTER, "ip", "-6", "route", "show", f"{NET}:b").stdout
    proxies = run(ROUTER, "ip", "-6", "neigh", "show", "proxy").stdout
    assert "dev eni-00000000002" in routes
    assert f"{NET}:b dev eni-00000000001" in proxies
    assert f"{NET}:b dev eni-00000000002" not in proxies


def test_a_new_instance_on_a_kept_interface_starts_with_a_new_server(runtime: FabricRuntime) -> None:
    servers = set(namespaces.processes(ROUTER))
    successor = instance(3, interface_ids=("eni-00000000000000001",))
    kept = interface(1, ":1:1", ":8", ":9", ":a", ":b", instance_id=successor.id)
    instances = (instance(1, state="terminated"), instance(2), successor)
    wanted = region(instances=instances, interfaces=(kept, region().interfaces[1]))
    runtime.apply(plan(wanted, OPTIONS))
    assert devices(host(3)) == ["ens5", "lo"]
    assert len(servers - set(namespaces.processes(ROUTER))) == 1
    assert offered("dhcp6", 2) == [f"{NET}:2:2"]


def test_a_renewed_namespace_has_nothing_of_its_former_life(runtime: FabricRuntime) -> None:
    ip(host(1), f"addr add {NET}:1:1/64 dev ens5")
    ip(host(1), "link add docker0 type bridge")
    runtime.renew_host_namespace(FIRST)
    assert devices(host(1)) == ["ens5", "lo"]
    shown = run(host(1), "ip", "addr", "show", "ens5").stdout
    assert "mtu 9001" in shown
    assert "link/ether 0a:58:a9:00:00:01" in shown
    assert "inet" not in shown
    assert offered("dhcp6") == [f"{NET}:1:1"]
    assert not (namespaces.FOLDER / f"{host(1)}.new").exists()


def test_after_a_failure_the_next_change_makes_everything_whole(runtime: FabricRuntime) -> None:
    before = run(host(2), "ip", "link", "show", "ens5").stdout
    without_first = plan(region(instances=(instance(1, state="stopped"), instance(2))), OPTIONS)
    broken = tuple(replace(one, ruleset=one.ruleset and "nonsense") for one in without_first.namespaces)
    with pytest.raises(RuntimeError, match="nft refused the rule set of dualstack-fabtest-vpc-9abcdef0: "):
        runtime.apply(replace(without_first, namespaces=broken))
    assert devices(ROUTER) == ["eni-00000000002", "internet", "lo"]
    runtime.apply(plan(region(), OPTIONS))
    assert devices(ROUTER) == ["eni-00000000001", "eni-00000000002", "internet", "lo"]
    assert offered("dhcp6") == [f"{NET}:1:1"]
    assert run(host(2), "ip", "link", "show", "ens5").stdout == before


def test_a_delay_this_kernel_cannot_make_is_refused_in_one_line(runtime: FabricRuntime) -> None:
    if run(ROUTER, "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms").returncode == 0:
        runtime.slow(FIRST, delay_milliseconds=20)
        assert "delay 20ms" in run(ROUTER, "tc", "qdisc", "show", "dev", "eni-00000000001").stdout
        return
    with pytest.raises(NotSupportedError, match=r"cannot delay eni-00000000001 by 20 ms: .*netem"):
        runtime.slow(FIRST, delay_milliseconds=20)


def test_teardown_leaves_nothing(tmp_path: Path) -> None:
    links = devices_of_this_namespace()
    with FabricRuntime(PREFIX, tmp_path) as made:
        made.apply(plan(region(), OPTIONS))
        server = namespaces.processes(ROUTER)[0]
        sleeper = subprocess.Popen(["ip", "netns", "exec", host(1), "sleep", "60"])
        assert eventually(lambda: sleeper.pid in namespaces.processes(host(1)))
        assert devices_of_this_namespace() == links
    assert namespaces.names(PREFIX) == []
    assert sleeper.wait(60) == -signal.SIGKILL
    assert not Path(f"/proc/{server}").exists()
    assert devices_of_this_namespace() == links


def test_teardown_leaves_nothing_of_a_fabric_whose_daemon_was_killed(tmp_path: Path) -> None:
    links = devices_of_this_namespace()
    daemon = subprocess.Popen(
        [sys.executable, "-c", _DAEMON.format(prefix=PREFIX, folder=tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    assert daemon.stdout.readline() == "ready\n"
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.wait()
    servers = namespaces.processes(ROUTER)
    assert len(servers) == 3
    teardown(PREFIX)
    assert namespaces.names(PREFIX) == []
    assert [pid for pid in servers if _is_alive(pid)] == []
    assert devices_of_this_namespace() == links


def test_teardown_spares_a_fabric_with_a_longer_prefix(tmp_path: Path) -> None:
    with FabricRuntime(PREFIX, tmp_path) as made:
        made.apply(plan(region(), OPTIONS))
        there = namespaces.names(PREFIX)
        assert not set(namespaces.names(NAMESPACE_PREFIX)) & set(there)
        assert len(there) == 5


def devices_of_this_namespace() -> list[str]:
    listed = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines()]


def _is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


_DAEMON = """
import time
from pathlib import Path
from lab.fabric import FabricRuntime, Options, plan
from tests.unit.fabric.example import region
runtime = FabricRuntime({prefix!r}, Path("{folder}"))
runtime.apply(plan(region(), Options(prefix={prefix!r})))
print("ready", flush=True)
time.sleep(60)
"""
