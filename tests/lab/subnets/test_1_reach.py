"""Hosts in a public, an egress-only and an IPv6-only subnet, each in a zone of its own: who reaches whom."""

import pytest

from lab.names import INTERNET_IPV4, INTERNET_IPV6
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2
from tests.lab.exposure import in_the_end, table_of
from tests.lab.hosts import addresses, fetch, in_container, journal, ping
from tests.lab.lab_session import eventually, on_operator_side
from tests.lab.subnets.exposure import (
    FROM_A_CONTAINER,
    FROM_THE_INTERNET,
    from_a_container,
    from_the_internet,
)

NAMES = ("public", "hidden", "new")
SYNTHESISED = "64:ff9b::cb00:7101"
"""203.0.113.1 behind the well-known prefix."""


def web(spread: Deployment, name: str) -> str:
    """The address of the container on a host."""
    return spread.outputs()["hosts"][name]["containers"]["web"]


def from_outside(address: str, port: int) -> str:
    """What a connection from the internet meets: `connected`, `refused`, or `no answer`."""
    url = f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"
    done = on_operator_side(["curl", "-g", "-s", "-o", "/dev/null", "--max-time", "3", url])
    return {0: "connected", 7: "refused", 28: "no answer"}.get(done.returncode, f"curl {done.returncode}")


def test_every_host_has_a_zone_of_its_own(spread: Deployment) -> None:
    told = spread.outputs()["subnets"]
    assert {name: (one["kind"], one["availabilityZone"]) for name, one in told.items()} == {
        "default": ("public", "eu-central-1a"),
        "hidden": ("egress-only", "eu-central-1b"),
        "new": ("ipv6-only", "eu-central-1c"),
    }


def test_the_check_proves_every_pair_and_that_the_hidden_one_is_closed(spread: Deployment) -> None:
    table = str(spread.outputs()["reachability"])
    assert "went as they should" in table
    rows = [" ".join(line.split()) for line in table.splitlines()]
    for origin in NAMES:
        for target in NAMES:
            if origin != target:
                assert f"{origin}/web {target}/web ok 80 ok own address" in rows
    assert [row for row in rows if row.startswith("outside ")] == [
        "outside public/web - 80 ok, 9 closed -",
        "outside hidden/web - 80 closed, 9 closed -",
        "outside new/web - 80 ok, 9 closed -",
    ]


def test_who_reaches_what_from_the_internet_is_what_the_page_says(spread: Deployment) -> None:
    wanted = table_of("subnets.md", "Exposure", FROM_THE_INTERNET)
    assert in_the_end(lambda: from_the_internet(spread), wanted) == wanted


def test_what_a_container_of_each_kind_reaches_is_what_the_page_says(spread: Deployment) -> None:
    wanted = table_of("subnets.md", "Exposure", FROM_A_CONTAINER)
    assert in_the_end(lambda: from_a_container(spread), wanted) == wanted


def test_containers_of_an_egress_only_subnet_reach_out_and_nobody_reaches_in(spread: Deployment) -> None:
    hidden = spread.host("hidden")
    assert ping(hidden, "web", str(INTERNET_IPV6)) > 0
    assert fetch(hidden, "web", f"http://[{INTERNET_IPV6}]/") == web(spread, "hidden")
    own = str(spread.outputs()["hosts"]["hidden"]["address"])
    for address in (web(spread, "public"), web(spread, "new")):
        assert eventually(lambda to=address: from_outside(to, 80) == "connected"), address
    assert from_outside(web(spread, "hidden"), 80) == "no answer"
    assert from_outside(own, 22) == "no answer"


def test_an_egress_only_subnet_has_no_way_to_the_internet_gateway(spread: Deployment) -> None:
    subnet = spread.interface("hidden")["SubnetId"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (table,) = ec2("describe_route_tables", Filters=filters)["RouteTables"]
    out = [route for route in table["Routes"] if route.get("GatewayId") != "local"]
    assert [(route["DestinationIpv6CidrBlock"], "GatewayId" in route) for route in out] == [("::/0", False)]
    assert out[0]["EgressOnlyInternetGatewayId"].startswith("eigw-")


def test_ssh_goes_through_the_host_of_the_stack_and_from_it_alone(spread: Deployment) -> None:
    hosts = spread.outputs()["hosts"]
    bastion = hosts["public"]["address"]
    assert hosts["public"]["ssh"] == f"ssh debian@{bastion}"
    for name in ("hidden", "new"):
        assert hosts[name]["ssh"] == f"ssh -J debian@[{bastion}]:22 debian@{hosts[name]['address']}"
        said = journal(spread.host(name), "-o cat -u ssh").splitlines()
        logins = [line for line in said if line.startswith("Accepted publickey")]
        assert logins
        assert [line for line in logins if f"from {bastion} port" not in line] == []


def test_a_host_of_an_ipv6_only_subnet_has_no_ipv4_but_docker_s_own(spread: Deployment) -> None:
    new = spread.host("new")
    assert addresses(new, "ens5", family=4) == []
    assert addresses(new, "docker0", family=4) == ["172.17.0.1/16"]
    assert new.succeed("ip -4 route show default") == ""
    assert spread.interface("new").get("PrivateIpAddress") is None


def test_an_ipv4_only_service_is_reached_by_name_from_a_container_without_ipv4(spread: Deployment) -> None:
    new, gateway = spread.host("new"), spread.outputs()["nat64PublicIpv4"]
    found = new.wait_until_succeeds("getent ahostsv6 internet-ipv4.example")
    assert {line.split()[0] for line in found.splitlines()} == {SYNTHESISED}
    assert in_container(new, "web", "grep ^nameserver /etc/resolv.conf") == "nameserver fd00:ec2::253\n"
    assert fetch(new, "web", "http://internet-ipv4.example/") == gateway
    # A name with IPv6 keeps it, and the own address is seen.
    assert fetch(new, "web", "http://internet.example/") == web(spread, "new")
    assert ping(new, "web", SYNTHESISED) > 0


def test_nobody_comes_in_through_the_nat_gateway(spread: Deployment) -> None:
    assert from_outside(spread.outputs()["nat64PublicIpv4"], 80) == "no answer"
    reached = eventually(lambda: from_outside(str(INTERNET_IPV4), 80) == "connected")
    assert reached, "over IPv4 the internet itself is reached"


@pytest.mark.parametrize("name", ["public", "hidden"])
def test_other_subnets_have_neither_dns64_nor_nat64(spread: Deployment, name: str) -> None:
    other = spread.host(name)
    found = other.run(["getent", "ahostsv6", "internet-ipv4.example"]).stdout
    assert SYNTHESISED not in found
    assert other.run(["ping", "-6", "-c", "1", "-W", "2", SYNTHESISED]).returncode != 0
