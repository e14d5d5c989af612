"""Who reaches a container on a network of its host's own, and as whom it is seen, by real packets."""

from dataclasses import replace

from components.containers import ContainerNetwork
from lab.names import INTERNET_IPV6, vpc_namespace
from tests.lab.ec2_network import Network
from tests.lab.exposure import (
    Addresses,
    from_another_host,
    from_the_internet,
    in_the_end,
    listen,
    table_of,
)
from tests.lab.lab_session import eventually
from tests.lab.path_mtu import crosses_a_smaller_mtu
from tests.lab.routed.bench import ALSO_28, EACH_ENGINE, RoutedHost, at, container

FRONT, BACK = ContainerNetwork("front", 1), ContainerNetwork("back", 2)
WEB, DB = container("web", 1, "front"), container("db", 2, "back")


@ALSO_28
def test_who_reaches_a_container_is_what_the_page_says(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT, BACK))
    own = at(routed, 1, 2)
    assert routed.addresses("web") == {"front": own}
    target = routed.target("web", own)
    listen(routed.host, "web", target)
    public = replace(target, ipv4=Addresses(target.ipv4.container, routed.public_ipv4))
    wanted = table_of("networks/routed.md", "Who reaches what")
    assert (
        in_the_end(lambda: from_another_host(target, routed.peer) + from_the_internet(public), wanted)
        == wanted
    )
    assert eventually(lambda: routed.from_internet(routed.public_ipv4)), (
        "the host itself is reached over IPv4"
    )


@ALSO_28
def test_a_container_is_seen_with_its_own_address(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT, BACK))
    seen = routed.host.wait_until_succeeds(f"docker exec web wget -q -T 5 -O - http://[{INTERNET_IPV6}]/")
    assert seen.strip() == at(routed, 1, 2)


@EACH_ENGINE
def test_networks_are_isolated_from_each_other_unless_one_reaches_the_other(routed: RoutedHost) -> None:
    routed.bring(WEB, DB, networks=(FRONT, BACK))
    routed.listen("db")
    web, db = at(routed, 1, 2), at(routed, 2, 3)
    assert not routed.from_container("web", db)
    assert not routed.from_container("web", db, 80)
    assert not routed.from_container("db", web, 80)
    ipv4 = routed.host.succeed(
        "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' db"
    ).strip()
    ping = f"docker exec web ping -c 1 -W 1 {ipv4}"
    routed.host.fail(ping)

    before = routed.started("web", "db")
    routed.bring(WEB, DB, networks=(ContainerNetwork("front", 1, reaches=("back",)), BACK))
    assert eventually(lambda: routed.from_container("web", db))
    assert eventually(lambda: routed.from_container("web", db, 80))
    assert not routed.from_container("web", db, 81)
    assert not routed.from_container("db", web, 80)
    routed.host.fail(ping)
    assert routed.started("web", "db") == before


@ALSO_28
def test_containers_of_one_network_reach_all_of_each_other_s_ports(routed: RoutedHost) -> None:
    """Though the kernel filters bridged packets here: else no filter would have a say."""
    assert routed.host.succeed("sysctl -n net.bridge.bridge-nf-call-ip6tables") == "1\n"
    routed.bring(WEB, container("api", 3, "front"), networks=(FRONT, BACK))
    routed.listen("web")
    own = at(routed, 1, 2)
    assert eventually(lambda: routed.from_container("api", own, 81))
    assert not routed.from_peer(own, 81)


@ALSO_28
def test_a_name_is_an_ipv6_address(routed: RoutedHost) -> None:
    routed.bring(WEB, container("api", 3, "front"), networks=(FRONT,))
    ping = routed.host.wait_until_succeeds("docker exec web ping -6 -c 1 -W 2 api")
    assert f"({at(routed, 1, 4)})" in ping


@ALSO_28
def test_open_all_opens_every_port_and_isolates_networks_all_the_same(routed: RoutedHost) -> None:
    routed.bring(WEB, DB, networks=(FRONT, BACK), open="all")
    routed.listen("web")
    own = at(routed, 1, 2)
    assert eventually(lambda: routed.from_internet(own, 81))
    assert eventually(lambda: routed.from_internet(own, 80))
    assert not routed.from_container("web", at(routed, 2, 3), 80)
    routed.bring(WEB, DB, networks=(FRONT, BACK))
    assert not routed.from_internet(own, 81)
    assert eventually(lambda: routed.from_internet(own, 80))
    assert "DUALSTACK" not in routed.host.succeed("nft list ruleset 2>/dev/null")


@ALSO_28
def test_a_large_page_crosses_a_smaller_mtu(routed: RoutedHost, vpc: tuple[Network, object]) -> None:
    routed.bring(WEB, networks=(FRONT,))
    router = vpc_namespace(vpc[0].vpc_id)
    assert crosses_a_smaller_mtu(router, routed.host, "web", f"http://[{at(routed, 1, 2)}]")
