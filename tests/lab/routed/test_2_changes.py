"""What changes on such networks without a restart, what is refused, and what survives one."""

import json
from ipaddress import IPv6Address

import pytest

from components.containers import ContainerNetwork
from components.host.facts import HostError
from lab.machines import CommandFailed
from lab.names import INTERNET_IPV6
from tests.lab.hosts import EACH_WAY_DOWN, Down, boot_again
from tests.lab.lab_session import eventually
from tests.lab.routed.bench import ALSO_28, EACH_ENGINE, UNDECLARED_PORT, RoutedHost, at, container

FRONT, BACK = ContainerNetwork("front", 1), ContainerNetwork("back", 2)
WEB, DB = container("web", 1, "front"), container("db", 2, "back")


@EACH_ENGINE
def test_a_running_container_is_connected_and_disconnected(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT, BACK))
    before = routed.started("web")
    front, back = at(routed, 1, 2), at(routed, 2, 2)

    said = routed.bring(container("web", 1, "front", "back"), networks=(FRONT, BACK))
    assert said[-1] == f"container web: is at {back} {front}; it was not restarted\n"
    assert eventually(lambda: routed.from_internet(front, 80))
    assert eventually(lambda: routed.from_internet(back, 80))
    seen = routed.host.wait_until_succeeds(f"docker exec web wget -q -T 5 -O - http://[{INTERNET_IPV6}]/")
    assert seen.strip() == back

    said = routed.bring(container("web", 1, "back"), networks=(FRONT, BACK))
    assert said[-1] == f"container web: is at {back}; it was not restarted\n"
    assert eventually(lambda: routed.from_internet(back, 80))
    assert not routed.from_internet(front, 80)
    assert not routed.from_internet(front)
    assert routed.started("web") == before


@ALSO_28
def test_a_container_started_by_hand_is_connected_by_hand(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT, BACK))
    host = routed.host
    host.succeed("docker run -d --name by-hand --network front lab/web:1")
    try:
        before = routed.started("by-hand")
        first = routed.addresses("by-hand")["front"]
        # The upper half of the network: no place is there.
        assert IPv6Address(first) >= IPv6Address(at(routed, 1, 1 << 31))
        assert eventually(lambda: routed.from_internet(first))
        host.succeed("docker network connect back by-hand; docker network disconnect front by-hand")
        second = routed.addresses("by-hand")["back"]
        assert IPv6Address(second) >= IPv6Address(at(routed, 2, 1 << 31))
        assert eventually(lambda: routed.from_internet(second))
        assert not routed.from_internet(first)
        assert routed.started("by-hand") == before
    finally:
        host.succeed("docker rm --force by-hand")


@ALSO_28
def test_another_network_restarts_nothing(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT,))
    before = routed.started("web")
    third = ContainerNetwork(
        "third", 3, ipv4_subnet="172.30.7.0/24", ipv4_gateway="172.30.7.9", ipv6_gateway=at(routed, 3, 0x99)
    )
    routed.bring(WEB, networks=(FRONT, third))
    assert routed.started("web") == before
    config = json.loads(routed.host.succeed("docker network inspect --format '{{json .IPAM.Config}}' third"))
    assert sorted(config, key=lambda one: ":" in one["Subnet"]) == [
        {"Subnet": "172.30.7.0/24", "Gateway": "172.30.7.9"},
        {
            "Subnet": f"{at(routed, 3, 0)}/96",
            "IPRange": f"{at(routed, 3, 1 << 31)}/97",
            "Gateway": at(routed, 3, 0x99),
        },
    ]
    routed.bring(WEB, networks=(FRONT,))
    assert routed.started("web") == before
    routed.host.fail("docker network inspect third || ip link show br-third")


def test_an_address_that_a_container_started_by_hand_has_is_named(routed: RoutedHost) -> None:
    routed.bring(networks=(FRONT,))
    own = at(routed, 1, 2)
    routed.host.succeed(f"docker run -d --name by-hand --network front --ip6 {own} lab/web:1")
    try:
        with pytest.raises(CommandFailed, match=f"container web: {own} is held by container by-hand; stop"):
            routed.bring(WEB, networks=(FRONT,))
        with pytest.raises(
            CommandFailed, match=r"front are to go or to change, .* on them: by-hand; .* noth"
        ):
            routed.bring(container("web", 1, "back"), networks=(BACK,))
        routed.host.succeed("docker network inspect front")
        routed.listen("by-hand")
        assert eventually(lambda: routed.from_peer(own))
        assert not routed.from_peer(own, UNDECLARED_PORT), "the network that is to go has a filter still"
    finally:
        routed.host.succeed("docker rm --force by-hand")
    routed.bring(WEB, networks=(FRONT,))
    assert routed.addresses("web") == {"front": own}


@EACH_ENGINE
def test_a_network_without_ipv4_needs_engine_28(routed: RoutedHost) -> None:
    only = ContainerNetwork("only", 4, ipv4=False)
    if routed.engine == "26":
        with pytest.raises(HostError) as refused:
            routed.bring(container("web", 1, "only"), networks=(only,))
        assert str(refused.value) == (
            "docker on this host cannot do network routed as declared: network only: a network without IPv4 "
            "needs docker engine 28, and this is 26; leave ipv4 on, or install a newer engine"
        )
        return
    routed.bring(container("web", 1, "only"), networks=(only,))
    own = at(routed, 4, 2)
    assert eventually(lambda: routed.from_internet(own, 80))
    assert "inet " not in routed.host.succeed("docker exec web ip address show scope global")
    routed.bring(WEB, networks=(FRONT,))


@ALSO_28
def test_live_restore_and_a_restart_of_the_daemon_keep_addresses(routed: RoutedHost) -> None:
    routed.bring(WEB, networks=(FRONT, BACK))
    host = routed.host
    host.succeed("docker run -d --name by-hand --network front lab/web:1")
    by_hand, started = routed.addresses("by-hand"), routed.started("by-hand").split("\n")[0]
    host.succeed(
        "mkdir -p /etc/docker; cp /etc/docker/daemon.json /tmp/daemon.json 2>/dev/null || true; "
        """python3 -c 'import json, pathlib; path = pathlib.Path("/etc/docker/daemon.json"); """
        """now = json.loads(path.read_text()) if path.exists() else {}; """
        """path.write_text(json.dumps({**now, "live-restore": True}))'; systemctl reload docker"""
    )
    try:
        host.succeed("systemctl restart docker")
        host.wait_until_succeeds("docker exec web hostname", timeout=60)
        assert routed.addresses("web") == {"front": at(routed, 1, 2)}
        assert routed.addresses("by-hand") == by_hand
        assert routed.started("by-hand").startswith(started)
        assert eventually(lambda: routed.from_internet(at(routed, 1, 2), 80))
        assert eventually(lambda: routed.from_internet(by_hand["front"]))
    finally:
        host.succeed(
            "rm /etc/docker/daemon.json; cp /tmp/daemon.json /etc/docker/ 2>/dev/null || true; "
            "rm -f /tmp/daemon.json; docker rm --force by-hand; systemctl reload docker"
        )


@EACH_WAY_DOWN
@ALSO_28
def test_after_a_reboot_addresses_and_exposure_are_as_they_were(routed: RoutedHost, down: Down) -> None:
    routed.bring(container("web", 1, "front", "back"), DB, networks=(FRONT, BACK))
    rules = routed.host.succeed("nft --stateless list table ip6 dualstack")
    boot_again(routed.host, down)
    for name in ("web", "db"):
        routed.host.wait_until_succeeds(f"docker exec {name} hostname", timeout=120)
    assert routed.addresses("web") == {"front": at(routed, 1, 2), "back": at(routed, 2, 2)}
    assert routed.addresses("db") == {"back": at(routed, 2, 3)}
    for address in (at(routed, 1, 2), at(routed, 2, 2), at(routed, 2, 3)):
        assert eventually(lambda to=address: routed.from_internet(to, 80))
    assert not routed.from_container("db", at(routed, 1, 2), 80)
    assert routed.host.succeed("nft --stateless list table ip6 dualstack") == rules
    assert routed.host.succeed("ip -6 route show default").count("default") == 1
