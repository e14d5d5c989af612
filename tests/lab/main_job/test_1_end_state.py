"""After `pulumi up` the two hosts are as the recipe says, and packets prove it."""

import subprocess
from pathlib import Path

from lab.machines import Host
from lab.names import INTERNET_IPV6, vpc_namespace
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2
from tests.lab.exposure import (
    Addresses,
    Target,
    container_ipv4,
    from_another_host,
    from_the_internet,
    in_the_end,
    listen,
    table_of,
)
from tests.lab.hosts import (
    addresses,
    container_address,
    container_routes,
    fetch,
    in_container,
    ping,
    routes,
)
from tests.lab.lab_session import on_operator_side, wait_for
from tests.lab.path_mtu import crosses_a_smaller_mtu

GATEWAY = "fe80:ec2::1"


def test_the_network_interfaces_hold_the_hosts_address_and_the_block(
    deployment: Deployment, prefix: str
) -> None:
    held = {
        name: [one["Ipv6Address"] for one in deployment.interface(name)["Ipv6Addresses"]]
        for name in ("host-1", "host-2")
    }
    assert {name: sorted(found) for name, found in held.items()} == {
        "host-1": sorted(f"{prefix}{end}" for end in ("1:1", "8", "9", "a", "b")),
        "host-2": sorted(f"{prefix}{end}" for end in ("2:2", "c", "d", "e", "f")),
    }


def test_the_network_interfaces_are_named_and_described(deployment: Deployment) -> None:
    interface = deployment.interface("host-1")
    assert {"Key": "Name", "Value": "host-1-interface"} in interface["TagSet"]
    assert "host-1" in interface["Description"]


def test_the_security_group_lets_its_members_reach_each_other_with_icmpv6(deployment: Deployment) -> None:
    (group,) = deployment.interface("host-1")["Groups"]
    filters = [{"Name": "group-id", "Values": [group["GroupId"]]}]
    rules = ec2("describe_security_group_rules", Filters=filters)["SecurityGroupRules"]
    own = [rule for rule in rules if rule.get("ReferencedGroupInfo", {}).get("GroupId") == group["GroupId"]]
    assert [(rule["IpProtocol"], rule["IsEgress"]) for rule in own] == [("icmpv6", False)]


def test_the_host_has_one_static_address_and_no_lease(host_1: Host, host_2: Host, prefix: str) -> None:
    assert addresses(host_1, "ens5") == [f"{prefix}1:1/64"]
    assert addresses(host_2, "ens5") == [f"{prefix}2:2/64"]
    for host in (host_1, host_2):
        assert "dynamic" not in host.succeed("ip -6 address show dev ens5 scope global")
        network = host.succeed("cat /run/systemd/network/10-netplan-*.network")
        assert "IPv6AcceptRA=no" in network
        assert "DHCP=ipv4" in network


def test_the_network_card_is_matched_by_its_mac_address(host_1: Host) -> None:
    mac = host_1.succeed("cat /sys/class/net/ens5/address").strip()
    assert f"macaddress: {mac}" in host_1.succeed("netplan get").replace('"', "").replace("'", "")


def test_ipv4_is_as_it_was(host_1: Host, deployment: Deployment) -> None:
    own = deployment.interface("host-1")["PrivateIpAddress"]
    assert addresses(host_1, "ens5", family=4) == [f"{own}/24"]
    assert "default via 10.0.0.1 dev ens5" in host_1.succeed("ip -4 route show")


def test_docker0_has_the_second_address_of_the_block(host_1: Host, host_2: Host, prefix: str) -> None:
    assert addresses(host_1, "docker0") == [f"{prefix}9/126"]
    assert addresses(host_2, "docker0") == [f"{prefix}d/126"]


def test_the_containers_have_the_third(host_1: Host, host_2: Host, prefix: str) -> None:
    assert container_address(host_1, "web-1") == f"{prefix}a"
    assert container_address(host_2, "web-2") == f"{prefix}e"


def test_the_hosts_routes(host_1: Host, prefix: str, deployment: Deployment) -> None:
    gateway = deployment.outputs()["hosts"]["host-1"]["gateway"]
    assert routes(host_1) == sorted(
        [
            f"{prefix}/64 dev ens5",
            f"{prefix}8/126 dev docker0",
            f"{prefix}8/126 dev docker0",
            f"default via {gateway} dev ens5",
        ]
    )


def test_the_containers_routes(host_1: Host, prefix: str) -> None:
    assert container_routes(host_1, "web-1") == [f"{prefix}8/126 dev eth0", f"default via {prefix}9 dev eth0"]


def test_forwarding_is_on_before_docker_starts(host_1: Host) -> None:
    assert host_1.succeed("sysctl -n net.ipv6.conf.all.forwarding").strip() == "1"
    assert host_1.succeed("grep -rhE '^net.ipv6.conf.all.forwarding *= *1' /etc/sysctl.d").strip()
    order = host_1.succeed("systemctl show --property=After docker.service")
    assert "sysinit.target" in order  # systemd-sysctl.service belongs to it


def test_containers_ping_each_other_both_ways_through_two_hosts(
    host_1: Host, host_2: Host, prefix: str
) -> None:
    # 64, less the two hosts and the router between them.
    assert ping(host_1, "web-1", f"{prefix}e") == 61
    assert ping(host_2, "web-2", f"{prefix}a") == 61


def test_containers_ping_their_own_host_and_the_other(host_1: Host, prefix: str) -> None:
    assert ping(host_1, "web-1", f"{prefix}1:1") == 64
    assert ping(host_1, "web-1", f"{prefix}2:2") == 62


def test_at_a_container_s_address_its_host_does_not_take_ssh(host_1: Host, host_2: Host, prefix: str) -> None:
    """It would, were the address on the host's own interface."""
    for host, end in ((host_1, "a"), (host_2, "e")):
        assert "Connection refused" in host.fail(f"bash -c 'exec 3<>/dev/tcp/{prefix}{end}/22'")
        script = f"exec 3<>/dev/tcp/{prefix}{end}/22 && head -c 4 <&3"
        assert on_operator_side(["timeout", "3", "bash", "-c", script]).stdout == ""


def test_a_page_comes_from_the_container_that_was_asked(host_1: Host, host_2: Host, prefix: str) -> None:
    assert fetch(host_1, "web-1", f"http://[{prefix}e]/") == in_container(host_2, "web-2", "hostname").strip()
    assert fetch(host_2, "web-2", f"http://[{prefix}a]/") == in_container(host_1, "web-1", "hostname").strip()


def test_a_container_is_seen_under_its_own_address_by_the_other_and_by_the_internet(
    host_1: Host, prefix: str
) -> None:
    assert fetch(host_1, "web-1", f"http://[{prefix}e]/cgi-bin/source") == f"{prefix}a"
    assert fetch(host_1, "web-1", f"http://[{INTERNET_IPV6}]/") == f"{prefix}a"


def test_no_other_address_is_on_the_wire(
    deployment: Deployment, host_1: Host, prefix: str, tmp_path: Path
) -> None:
    router = vpc_namespace(deployment.interface("host-1")["VpcId"])
    shown, said = tmp_path / "shown", tmp_path / "said"
    watch = ["tcpdump", "-lnp", "--immediate-mode", "-i", "any", "icmp6 and ip6[40] == 128"]
    with shown.open("w") as stdout, said.open("w") as stderr:
        capture = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{router}", *watch], stdout=stdout, stderr=stderr
        )
    try:
        wait_for(lambda: "listening on" in said.read_text(), "tcpdump to listen")
        ping(host_1, "web-1", f"{prefix}e")
        # With a later one shown, all before it is, too.
        ping(host_1, "web-1", f"{prefix}2:2")
        wait_for(lambda: f"{prefix}a > {prefix}2:2: " in shown.read_text(), "the last request")
    finally:
        capture.terminate()
        capture.wait()
    lines = shown.read_text().splitlines()
    requests = {line.split("IP6 ")[1].split(": ICMP6")[0] for line in lines if "echo request" in line}
    assert requests == {f"{prefix}a > {prefix}e", f"{prefix}a > {prefix}2:2"}


def test_a_large_page_crosses_a_smaller_mtu(deployment: Deployment, host_1: Host, prefix: str) -> None:
    router = vpc_namespace(deployment.interface("host-1")["VpcId"])
    assert crosses_a_smaller_mtu(router, host_1, "web-1", f"http://[{prefix}a]")


def test_who_reaches_a_container_is_what_the_page_says(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    private = deployment.interface("host-1")["PrivateIpAddress"]
    ipv4 = Addresses(container_ipv4(host_1, "web-1"), private)
    target = Target(Addresses(f"{prefix}a", f"{prefix}1:1"), ipv4)
    listen(host_1, "web-1", target)
    wanted = table_of("networks/default-bridge.md", "Who reaches what")
    assert in_the_end(lambda: from_another_host(target, host_2) + from_the_internet(target), wanted) == wanted


def test_the_table_says_so(deployment: Deployment) -> None:
    table = str(deployment.outputs()["reachability"])
    assert "went as they should" in table
    assert "failed" not in table
