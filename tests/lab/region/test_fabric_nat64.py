"""A host without IPv4 behind a NAT gateway, on packets, and what must not pass it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.lab.region.fabric_bench import (
    HOST_ADDRESS,
    OPERATOR,
    Bench,
    answer,
    bench,
    curl,
    host,
    ip,
    page,
    ping,
    tcp,
)
from tests.unit.fabric.test_nat64 import ADDRESSES, with_nat64

SERVICE = "64:ff9b::203.0.113.1"
PUBLIC_IPV4 = "203.0.113.129"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("fabric")) as built:
        built.apply(with_nat64())
        ip(host(2), f"addr del {HOST_ADDRESS[2]}/64 dev ens5")
        ip(host(2), "addr del 10.0.0.12/24 dev ens5")
        ip(host(2), f"addr add {ADDRESSES[0]}/64 dev ens5 nodad")
        yield built


@pytest.fixture
def vpc(made: Bench) -> Bench:
    """The region as it was, whatever a test made of it."""
    made.apply(with_nat64())
    return made


def test_an_ipv4_service_sees_the_gateways_public_address(vpc: Bench) -> None:
    assert page(host(2), f"http://[{SERVICE}]/") == f"{PUBLIC_IPV4}\n"
    # The router, the translator and the router again.
    assert answer(host(2), SERVICE) == "ttl 61"


def test_a_host_whose_subnet_has_no_such_route_is_not_translated(vpc: Bench) -> None:
    assert curl(host(1), f"http://[{SERVICE}]/") == ""


def test_what_is_too_big_for_ipv4_is_told_so(vpc: Bench) -> None:
    assert "Packet too big: mtu=" in answer(host(2), SERVICE, "-M", "do", "-s", "2000")


def test_the_translators_own_prefix_and_its_pool_are_nobodys_to_use(vpc: Bench) -> None:
    assert ping(host(2), "fd64:ff9b::203.0.113.1") == "no answer"
    assert ping(host(1), "192.0.2.1") == "no answer"


def test_nobody_comes_in_by_the_gateways_public_address(vpc: Bench) -> None:
    assert page(host(2), f"http://[{SERVICE}]/") == f"{PUBLIC_IPV4}\n"
    assert tcp(OPERATOR, PUBLIC_IPV4, 22) == "no answer"
    assert ping(OPERATOR, PUBLIC_IPV4) == "no answer"


def test_a_gateway_in_a_subnet_that_leads_nowhere_lets_nothing_out(vpc: Bench) -> None:
    vpc.apply(with_nat64(leads_out=False))
    assert curl(host(2), f"http://[{SERVICE}]/") == ""


def test_the_gateway_goes_and_comes_again(vpc: Bench) -> None:
    others = tuple(gateway for gateway in with_nat64().gateways if gateway.kind != "nat")
    vpc.apply(replace(with_nat64(), gateways=others))
    assert curl(host(2), f"http://[{SERVICE}]/") == ""
    vpc.apply(with_nat64())
    assert page(host(2), f"http://[{SERVICE}]/") == f"{PUBLIC_IPV4}\n"
