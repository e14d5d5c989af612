"""The metadata service as a machine reaches it, and as it must not be reached."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.region import Region
from tests.lab.region.fabric_bench import OPERATOR, Bench, bench, container, curl, host, ip, page, status
from tests.unit.fabric.example import instance, interface, region

IPV4 = "http://169.254.169.254"
IPV6 = "http://[fd00:ec2::254]"
LIFE = "X-aws-ec2-metadata-token-ttl-seconds: 60"


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("fabric")) as made:
        yield made


@pytest.fixture
def vpc(plugged: Bench) -> Iterator[Bench]:
    plugged.apply(region())
    return plugged


def token(source: str, url: str = IPV4) -> str:
    return page(source, "-X", "PUT", "-H", LIFE, f"{url}/latest/api/token")


def no_token(source: str) -> bool:
    """Whether it is given none over IPv6."""
    return curl(source, "-X", "PUT", "-H", LIFE, f"{IPV6}/latest/api/token") == ""


def read(source: str, path: str, url: str = IPV4) -> str:
    return page(source, "-H", f"X-aws-ec2-metadata-token: {token(source, url)}", f"{url}/{path}")


def with_first_instance(**changes: Any) -> Region:
    return region(instances=(instance(1, **changes), instance(2)))


def test_each_host_reads_its_own_metadata_over_both_families(vpc: Bench) -> None:
    for url in (IPV4, IPV6):
        assert read(host(1), "latest/meta-data/instance-id", url) == "i-00000000000000001"
        assert read(host(2), "latest/meta-data/instance-id", url) == "i-00000000000000002"


def test_the_addresses_are_listed_in_the_articles_order(vpc: Bench) -> None:
    listed = read(host(1), "2021-03-23/meta-data/network/interfaces/macs/0a:58:a9:00:00:01/ipv6s")
    assert listed.splitlines() == [f"2001:db8:0:100:0:0:0:{end}" for end in ("8", "9", "a", "b")] + [
        "2001:db8:0:100:0:0:1:1"
    ]


def test_without_a_token_nothing_is_told_when_tokens_are_required(vpc: Bench) -> None:
    assert status(host(1), f"{IPV4}/latest/meta-data/") == "401"
    vpc.apply(with_first_instance(http_tokens="optional"))
    assert status(host(1), f"{IPV4}/latest/meta-data/") == "200"


def test_a_token_is_good_for_its_own_instance_only(vpc: Bench) -> None:
    header = f"X-aws-ec2-metadata-token: {token(host(1))}"
    assert status(host(1), "-H", header, f"{IPV4}/latest/meta-data/") == "200"
    assert status(host(2), "-H", header, f"{IPV4}/latest/meta-data/") == "401"


def test_a_disabled_endpoint_forbids(vpc: Bench) -> None:
    vpc.apply(with_first_instance(http_endpoint_enabled=False))
    assert status(host(1), "-X", "PUT", "-H", LIFE, f"{IPV4}/latest/api/token") == "403"


def test_over_ipv6_it_answers_only_when_asked_to(vpc: Bench) -> None:
    vpc.apply(with_first_instance(http_protocol_ipv6=False))
    assert no_token(host(1))
    assert token(host(1), IPV4) != ""


def test_a_container_gets_a_token_with_two_hops_and_not_with_one(vpc: Bench) -> None:
    assert token(container(1), IPV6) != ""
    vpc.apply(with_first_instance(hop_limit=1))
    assert no_token(container(1))
    assert token(host(1), IPV6) != ""


def test_the_internet_does_not_reach_it(vpc: Bench) -> None:
    ip(OPERATOR, "route replace 169.254.169.254/32 via 203.0.113.9")
    assert status(OPERATOR, f"{IPV4}/latest/meta-data/", seconds=3) == "000"


def test_a_changed_interface_shows_at_once(vpc: Bench) -> None:
    changed = interface(1, ":1:1", ipv6_prefixes=("2001:db8:0:100:5::/80",))
    vpc.apply(replace(region(), interfaces=(changed, region().interfaces[1])))
    path = "latest/meta-data/network/interfaces/macs/0a:58:a9:00:00:01/ipv6-prefix"
    assert read(host(1), path) == "2001:db8:0:100:5::/80"
