"""The exact text that each step gives a host."""

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml

from components.container_networks.plan import NetworkWishes
from components.containers import Container, Port
from components.host.facts import HostError
from components.host.render import (
    container_text,
    docker_step_warnings,
    docker_text,
    filter_text,
    kernel_text,
    network_text,
)
from components.ipaddress_tools import AddressPlanError
from tests.unit.host.host_facts import facts_text

ADDRESS = "2001:db8:0:100::1:1"
BLOCK = "2001:db8:0:100::8/126"
ENGINE = '{"engine": "26.1.5"}'


def on_docker0(*containers: Container) -> NetworkWishes:
    return NetworkWishes("default-bridge", containers=containers)


WEB = Container("web", "lab/web:1", place=1, ports=(Port(80), Port(53, "udp")))
API = Container("api", "lab/web:1", place=2, ports=(Port(8080),))


def test_the_kernel_forwards_ipv6_and_dockerd_sees_to_ipv4() -> None:
    assert kernel_text() == (
        "=== /etc/sysctl.d/99-dualstack.conf 0644 root:root\n"
        "# Written by dualstack. The host routes between its network interface and its containers.\n"
        "net.ipv6.conf.default.forwarding = 1\n"
        "net.ipv6.conf.all.forwarding = 1\n"
        "=== end\n"
    )


def test_the_network_is_static_and_no_longer_cloud_init_s() -> None:
    expected = """\
=== /etc/netplan/60-dualstack.yaml 0600 root:root
# Written by dualstack: a static address, no DHCPv6, no router advertisements; IPv4 as it was.
network:
  version: 2
  ethernets:
    ens5:
      match:
        macaddress: 02:00:00:00:01:11
      dhcp4: true
      dhcp6: false
      accept-ra: false
      addresses:
      - 2001:db8:0:100::1:1/64
      routes:
      - to: default
        via: fe80::1066:30ff:feb8:c008
        on-link: true
      set-name: ens5
=== /etc/netplan/50-cloud-init.yaml absent -
=== /etc/cloud/cloud.cfg.d/99-dualstack-network.cfg 0644 root:root
# Written by dualstack: the network is no longer cloud-init's, not even when an interface is attached.
network: {config: disabled}
updates: {network: {when: []}}
=== /etc/systemd/system/cloud-init-hotplugd.service.d/99-dualstack.conf 0644 root:root
# Written by dualstack: where an interface is attached, this file counts for more than the user data.
[Service]
Environment=CLOUD_CFG=/etc/cloud/cloud.cfg.d/99-dualstack-network.cfg
=== /etc/dualstack/network 0644 root:root
interface=ens5
address=2001:db8:0:100::1:1/64
gateway=fe80::1066:30ff:feb8:c008
=== end
"""
    assert network_text(facts_text(), ADDRESS, None) == expected


@pytest.mark.parametrize(
    ("given", "seen", "used"),
    [
        ("fe80::5", "fe80::6", "fe80::5"),
        (None, "fe80::6", "fe80::6"),
        (None, None, "fe80:ec2::1"),
    ],
)
def test_the_gateway_is_the_one_given_else_the_one_seen_else_aws_s(
    given: str | None, seen: str | None, used: str
) -> None:
    assert f"\ngateway={used}\n" in network_text(facts_text(gateway=seen), ADDRESS, given)


def test_ipv4_and_other_interfaces_are_kept_as_they_were() -> None:
    facts = facts_text(
        nic_ipv4_settings={
            "match": {"name": "en*"},
            "addresses": ["10.0.0.11/24"],
            "routes": [{"to": "default", "via": "10.0.0.1"}],
            "mtu": 9001,
        },
        nic_others={"ethernets": {"ens6": {"dhcp4": True}}, "bridges": {"br0": {"interfaces": ["ens6"]}}},
    )
    expected = """\
/netplan/60-dualstack.yaml 0600 root:root
# Written by dualstack: a static address, no DHCPv6, no router advertisements; IPv4 as it was.
network:
  version: 2
  ethernets:
    ens5:
      match:
        macaddress: 02:00:00:00:01:11
      dhcp4: false
      dhcp6: false
      accept-ra: false
      addresses:
      - 10.0.0.11/24
      - 2001:db8:0:100::1:1/64
      routes:
      - to: default
        via: 10.0.0.1
      - to: default
        via: fe80::1066:30ff:feb8:c008
        on-link: true
      mtu: 9001
    ens6:
      dhcp4: true
  bridges:
    br0:
      interfaces:
      - ens6
"""
    assert network_text(facts, ADDRESS, None).split("=== /etc")[1] == expected


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (facts_text(netplan="0.103"), "netplan 0.103 on this host; this program needs 0.104 or newer"),
        (facts_text(netplan=None), "netplan is not installed on this host"),
        (facts_text(nic_netplan_id=None), "no file in /etc/netplan configures ens5"),
        (
            facts_text(nic_files=["/etc/netplan/50-cloud-init.yaml", "/etc/netplan/70-mine.yaml"]),
            "/etc/netplan/70-mine.yaml configures ens5 and is not cloud-init's",
        ),
        ("Permission denied", "the facts are not what the facts step prints"),
    ],
)
def test_a_host_whose_network_is_not_netplan_s_alone_is_refused(facts: str, message: str) -> None:
    with pytest.raises(HostError, match=message):
        network_text(facts, ADDRESS, None)


def test_the_filter_lets_in_icmpv6_and_the_declared_ports() -> None:
    first, unit, drop_in, _ = filter_text(ENGINE, BLOCK, on_docker0(API, WEB)).split("=== ")[1:]
    expected = """\
/etc/dualstack/filter.nft 0644 root:root
# Written by dualstack. The first two lines make loading it again replace it.
table ip6 dualstack
delete table ip6 dualstack
table ip6 dualstack {
    chain forward {
        type filter hook forward priority filter; policy accept;
        iifname docker0 oifname docker0 accept
        ip6 daddr != 2001:db8:0:100::8/126 accept
        ct state established,related accept
        meta l4proto ipv6-icmp accept
        ip6 daddr 2001:db8:0:100::a tcp dport 80 accept  # web
        ip6 daddr 2001:db8:0:100::a udp dport 53 accept  # web
        ip6 daddr 2001:db8:0:100::b tcp dport 8080 accept  # api
        counter drop
    }
}
"""
    assert first == expected
    assert unit.startswith("/etc/systemd/system/dualstack-filter.service 0644 root:root\n")
    assert "Before=network-pre.target docker.service" in unit
    assert "ExecStartPre=/usr/sbin/nft list chain ip6 dualstack forward" in drop_in


def test_networks_that_the_host_had_before_are_closed_on_docker0_s_way_too() -> None:
    text = filter_text('{"engine": "28.5.2"}', "2001:db8:0:100:1::/80", on_docker0(WEB))
    rules = text.split("policy accept;\n")[1].split("    }\n")[0].splitlines()
    assert [rule.strip() for rule in rules] == [
        "iifname docker0 oifname docker0 accept",
        "ip6 daddr != 2001:db8:0:100:1::/80 accept",
        "ct state established,related accept",
        "meta l4proto ipv6-icmp accept",
        "ip6 daddr 2001:db8:0:100:1:1:0:2 tcp dport 80 accept  # web",
        "ip6 daddr 2001:db8:0:100:1:1:0:2 udp dport 53 accept  # web",
        "counter drop",
    ]


def test_all_open_needs_no_filter() -> None:
    assert filter_text(ENGINE, BLOCK, replace(on_docker0(WEB), open="all")) == "=== end\n"


@pytest.mark.parametrize(
    ("engine", "ours"),
    [
        ("20.10.24", {"ipv6": True, "fixed-cidr-v6": BLOCK}),
        ("26.1.5", {"ipv6": True, "fixed-cidr-v6": BLOCK}),
        ("27.0.1", {"ipv6": True, "fixed-cidr-v6": BLOCK, "ip6tables": False}),
        ("29.1.3", {"ipv6": True, "fixed-cidr-v6": BLOCK, "ip6tables": False}),
    ],
)
def test_daemon_json_is_what_the_engine_needs(engine: str, ours: dict[str, object]) -> None:
    text = docker_text(facts_text(), json.dumps({"engine": engine}), BLOCK, on_docker0())
    content = text.split("=== ")[1].partition("\n")[2]
    assert content == json.dumps(ours, indent=2) + "\n"


def test_the_host_s_own_keys_in_daemon_json_are_kept() -> None:
    facts = facts_text(daemon_json={"log-driver": "journald", "ipv6": True})
    text = docker_text(facts, ENGINE, BLOCK, on_docker0())
    assert '{\n  "log-driver": "journald",\n  "ipv6": true,\n  "fixed-cidr-v6": ' in text


@pytest.mark.parametrize(
    ("found", "engine", "clash"),
    [
        ({"ip6tables": True}, "28.5.2", "ip6tables is true, and must be false"),
        ({"ip6tables": True}, "26.1.5", "ip6tables is true: containers would be seen with the host's"),
        ({"fixed-cidr-v6": "fd00::/80"}, "26.1.5", 'fixed-cidr-v6 is "fd00::/80", and must be "2001:db8'),
        ({"bridge": "none"}, "26.1.5", 'bridge is "none": there would be no docker0'),
    ],
)
def test_a_clashing_daemon_json_is_refused_by_name(found: dict[str, object], engine: str, clash: str) -> None:
    with pytest.raises(HostError, match=clash):
        docker_text(facts_text(daemon_json=found), json.dumps({"engine": engine}), BLOCK, on_docker0())


def test_an_engine_newer_than_tested_is_warned_about() -> None:
    assert docker_step_warnings('{"engine": "28.5.2"}') == ()
    assert docker_step_warnings('{"engine": "29.1.3"}') == (
        "docker engine 29.1.3 is newer than the newest tested, 28: look at the reachability table, and at "
        "what is open",
    )


@pytest.mark.parametrize("text", ["", "{}", '{"engine": "unknown"}', "not json"])
def test_what_the_engine_step_does_not_print_is_refused(text: str) -> None:
    with pytest.raises(HostError, match="not what the engine step prints"):
        docker_text(facts_text(), text, BLOCK, on_docker0())


def test_a_container_s_file_says_where_it_belongs() -> None:
    assert container_text("26.1.5", BLOCK, on_docker0(API), "api") == (
        "=== /etc/dualstack/containers/api 0644 root:root\n"
        "image=lab/web:1\n"
        "place=2\n"
        "network=bridge 2001:db8:0:100::b\n"
        "=== end\n"
    )


def test_a_port_does_not_restart_its_container() -> None:
    without = Container("web", "lab/web:1", place=1)
    assert container_text("26.1.5", BLOCK, on_docker0(WEB), "web") == container_text(
        "26.1.5", BLOCK, on_docker0(without), "web"
    )


def test_a_place_that_the_block_has_not_is_refused() -> None:
    with pytest.raises(AddressPlanError, match="place 3 is out of range"):
        container_text("26.1.5", BLOCK, on_docker0(Container("c", "lab/web:1", place=3)), "c")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"has_ipv4": True}, None),
        ({"has_ipv4": False, "name_servers": ["2001:db8::53"]}, ["2001:db8::53"]),
        ({"has_ipv4": False, "name_servers": []}, ["fd00:ec2::253"]),
    ],
)
def test_a_host_without_ipv4_keeps_its_name_servers_when_dhcpv6_ends(
    changes: dict[str, Any], wanted: list[str] | None
) -> None:
    text = network_text(facts_text(**changes), "2001:db8:0:100::1:1", None)
    netplan = text.split("=== ")[1].split("\n", 1)[1]
    (settings,) = yaml.safe_load(netplan)["network"]["ethernets"].values()
    assert settings.get("nameservers", {}).get("addresses") == wanted
