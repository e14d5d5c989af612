"""What packets may do in the fabric's VPC, with hosts played by bare namespaces."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.fabric.rules import load_ruleset
from lab.region import Route, SecurityGroupRule
from tests.lab.region.fabric_bench import (
    ANSWER_SECONDS,
    CONTAINER_ADDRESS,
    HOST_ADDRESS,
    OPERATOR,
    Bench,
    answer,
    bench,
    container,
    host,
    ip,
    page,
    ping,
    run,
    tcp,
)
from tests.unit.fabric.example import (
    ALL_EGRESS,
    NET,
    SELF_RULE,
    SSH_RULE,
    interface,
    region,
    routes,
    with_rules,
)

INTERNET_IPV6 = "2001:db8:ffff::1"
INTERNET_IPV4 = "203.0.113.1"
FROM_EVERYWHERE = SecurityGroupRule("ingress", "-1", None, None, "::/0", None)


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("fabric")) as made:
        yield made


@pytest.fixture
def vpc(plugged: Bench) -> Iterator[Bench]:
    """The article's region at the start of each test."""
    plugged.apply(region())
    return plugged


def test_containers_on_two_hosts_ping_each_other_by_addresses_of_the_blocks(vpc: Bench) -> None:
    # Of 64 hops the far host, the router and the near host take one each.
    assert answer(container(1), CONTAINER_ADDRESS[2]) == "ttl 61"
    assert answer(container(2), CONTAINER_ADDRESS[1]) == "ttl 61"
    assert answer(container(1), HOST_ADDRESS[2]) == "ttl 62"


def test_a_host_finds_the_other_hosts_container_on_its_own_link(vpc: Bench) -> None:
    answer(host(1), CONTAINER_ADDRESS[2])
    neighbours = run(host(1), "ip", "-6", "neigh", "show", CONTAINER_ADDRESS[2], "dev", "ens5").stdout
    assert "lladdr 12:66:30:b8:c0:08" in neighbours


def test_nobody_answers_for_an_address_that_is_not_assigned(vpc: Bench) -> None:
    assert ping(host(1), f"{NET}:99") == "no answer"
    assert "lladdr" not in run(host(1), "ip", "-6", "neigh", "show", f"{NET}:99", "dev", "ens5").stdout


def test_both_gateways_answer_on_every_link(vpc: Bench) -> None:
    assert answer(host(1), "fe80::1066:30ff:feb8:c008%ens5") == "ttl 64"
    assert answer(host(2), "fe80:ec2::1%ens5") == "ttl 64"


def test_without_the_self_rule_containers_are_cut_off_from_each_other_but_not_from_the_internet(
    vpc: Bench,
) -> None:
    vpc.apply(with_rules(SSH_RULE, *ALL_EGRESS))
    assert ping(container(1), CONTAINER_ADDRESS[2]) == "no answer"
    assert answer(container(1), INTERNET_IPV6) == "ttl 62"
    vpc.apply(region())
    assert answer(container(1), CONTAINER_ADDRESS[2]) == "ttl 61"


def test_the_self_rule_does_not_let_in_the_operator(vpc: Bench) -> None:
    assert ping(OPERATOR, CONTAINER_ADDRESS[1]) == "no answer"


def test_a_port_is_open_for_the_network_named_and_closed_for_others(vpc: Bench) -> None:
    # Nothing listens on the host: a refusal means that the rule let the packet in and the answer out.
    assert tcp(OPERATOR, HOST_ADDRESS[1], 22, seconds=ANSWER_SECONDS) == "refused"
    assert tcp(OPERATOR, HOST_ADDRESS[1], 23) == "no answer"
    assert tcp(host(2), HOST_ADDRESS[1], 22) == "no answer"


def test_icmp_with_an_ipv6_network_lets_nothing_in_and_icmpv6_does(vpc: Bench) -> None:
    wrong = SecurityGroupRule("ingress", "icmp", -1, -1, "::/0", None)
    vpc.apply(with_rules(wrong, *ALL_EGRESS))
    assert ping(OPERATOR, HOST_ADDRESS[1]) == "no answer"
    vpc.apply(with_rules(replace(wrong, protocol="icmpv6", from_port=128, to_port=0), *ALL_EGRESS))
    assert answer(OPERATOR, HOST_ADDRESS[1]) == "ttl 62"


def test_without_egress_rules_a_host_may_answer_but_not_begin(vpc: Bench) -> None:
    vpc.apply(with_rules(FROM_EVERYWHERE))
    assert ping(host(1), INTERNET_IPV6) == "no answer"
    assert answer(OPERATOR, HOST_ADDRESS[1]) == "ttl 62"


def test_the_source_check_drops_what_the_interface_does_not_hold(vpc: Bench) -> None:
    vpc.apply(with_rules(FROM_EVERYWHERE, *ALL_EGRESS))
    # Each host knows the other's link-layer address then, and asks for it with no spoofed source.
    assert answer(host(1), HOST_ADDRESS[2]) == "ttl 63"
    assert _spoofed_packets_seen(host(1), f"{NET}:77") == 0
    unchecked = interface(1, ":1:1", ":8", ":9", ":a", ":b", source_destination_check=False)
    others = region().interfaces[1:]
    vpc.apply(with_rules(FROM_EVERYWHERE, *ALL_EGRESS, interfaces=(unchecked, *others)))
    assert answer(host(1), HOST_ADDRESS[2]) == "ttl 63"
    assert _spoofed_packets_seen(host(1), f"{NET}:77") == 1


def test_a_host_without_a_route_to_a_gateway_does_not_reach_the_internet(vpc: Bench) -> None:
    vpc.apply(region(route_tables=(routes(Route("0.0.0.0/0", "igw-1")),)))
    assert ping(host(2), INTERNET_IPV6) == "no answer"
    assert answer(host(2), INTERNET_IPV4) == "ttl 63"
    assert answer(host(2), CONTAINER_ADDRESS[1]) == "ttl 62"
    vpc.apply(region(route_tables=(routes(Route("::/0", "igw-1")),)))
    assert answer(host(2), INTERNET_IPV6) == "ttl 63"
    assert ping(host(2), INTERNET_IPV4) == "no answer"


def test_an_egress_only_gateway_lets_a_host_begin_and_nobody_else(vpc: Bench) -> None:
    open_to_all = with_rules(FROM_EVERYWHERE, *ALL_EGRESS)
    vpc.apply(open_to_all)
    assert answer(OPERATOR, HOST_ADDRESS[1]) == "ttl 62"
    vpc.apply(replace(open_to_all, route_tables=(routes(Route("::/0", "eigw-1")),)))
    assert ping(OPERATOR, HOST_ADDRESS[2]) == "no answer"
    assert answer(host(1), INTERNET_IPV6) == "ttl 63"


def test_the_internet_sees_the_containers_own_address(vpc: Bench) -> None:
    assert page(container(1), f"http://[{INTERNET_IPV6}]/") == f"{CONTAINER_ADDRESS[1]}\n"
    assert page(host(1), f"http://[{INTERNET_IPV6}]/") == f"{HOST_ADDRESS[1]}\n"


def test_ipv4_reaches_the_internet_only_with_a_public_address_and_by_it(vpc: Bench) -> None:
    assert page(host(2), f"http://{INTERNET_IPV4}/") == "203.0.113.130\n"
    assert ping(host(1), INTERNET_IPV4) == "no answer"
    from_operator = SecurityGroupRule("ingress", "tcp", 22, 22, "203.0.113.10/32", None)
    vpc.apply(with_rules(from_operator, *ALL_EGRESS))
    assert tcp(OPERATOR, "203.0.113.130", 22, seconds=ANSWER_SECONDS) == "refused"


def test_ipv4_passes_between_hosts_when_a_rule_says_so(vpc: Bench) -> None:
    assert ping(host(1), "10.0.0.12") == "no answer"
    vpc.apply(with_rules(SecurityGroupRule("ingress", "icmp", -1, -1, "10.0.0.0/16", None), *ALL_EGRESS))
    assert answer(host(1), "10.0.0.12") == "ttl 63"


def test_9001_bytes_pass_within_the_vpc_and_the_way_out_says_packet_too_big(vpc: Bench) -> None:
    big = ("-M", "do", "-s", str(9001 - 48))
    assert answer(host(1), HOST_ADDRESS[2], *big) == "ttl 63"
    assert answer(host(1), INTERNET_IPV6, *big) == "Packet too big: mtu=1500"


def test_what_is_not_of_the_lab_is_unreachable(vpc: Bench) -> None:
    assert "unreachable" in ping(OPERATOR, "2001:db8:dead::1").lower()
    assert "unreachable" in ping(OPERATOR, "198.51.100.1").lower()
    assert run(OPERATOR, "ip", "-br", "link").stdout.count("\n") == 2  # lo and uplink


def test_a_delegated_prefix_is_routed_and_neighbours_are_told_so(vpc: Bench) -> None:
    holder = interface(2, ":2:2", ipv6_prefixes=("2001:db8:0:100:2::/80",))
    vpc.apply(region(interfaces=(interface(1, ":1:1", ":8", ":9", ":a", ":b"), holder)))
    ip(host(2), "addr replace 2001:db8:0:100:2::77/128 dev lo")
    assert answer(host(1), "2001:db8:0:100:2::77") == "ttl 63"
    assert answer(container(1), "2001:db8:0:100:2::77") == "ttl 62"


def test_a_cut_cable_has_no_carrier_and_a_mended_one_is_whole(vpc: Bench) -> None:
    vpc.runtime.cut("i-00000000000000001")
    assert "NO-CARRIER" in run(host(1), "ip", "link", "show", "ens5").stdout
    vpc.apply(with_rules(SELF_RULE, *ALL_EGRESS))
    assert ping(container(2), CONTAINER_ADDRESS[1]) == "no answer"
    vpc.runtime.mend("i-00000000000000001")
    assert answer(container(2), CONTAINER_ADDRESS[1]) == "ttl 61"


def test_a_lossy_cable_loses_everything_at_a_hundred_percent(vpc: Bench) -> None:
    vpc.runtime.slow("i-00000000000000001", loss_percent=100)
    assert ping(host(1), INTERNET_IPV6) == "no answer"
    vpc.runtime.slow("i-00000000000000001", rate_kilobits=512)
    assert answer(host(1), INTERNET_IPV6) == "ttl 63"
    vpc.runtime.slow("i-00000000000000001")
    assert "tbf" not in run("dualstack-fabtest-vpc-9abcdef0", "tc", "qdisc").stdout


def _spoofed_packets_seen(source: str, address: str) -> int:
    """How many echo requests from this address reach the other host."""
    rule = f"ip6 saddr {address} icmpv6 type echo-request counter"
    text = f"table inet seen {{\nchain seen {{\ntype filter hook input priority 0;\n{rule}\n}}\n}}\n"
    load_ruleset(host(2), text)
    ip(source, f"addr add {address}/128 dev ens5 nodad")
    ping(source, HOST_ADDRESS[2], "-I", address)
    ip(source, f"addr del {address}/128 dev ens5")
    listed = run(host(2), "nft", "list", "table", "inet", "seen").stdout
    run(host(2), "nft", "delete", "table", "inet", "seen")
    return int(listed.split("packets ")[1].split()[0])
