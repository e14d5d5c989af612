"""A host goes from docker0 to networks of its own and back: same addresses, and nothing stays behind."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from components.containers import Container, ContainerNetwork
from lab.machines import CommandFailed
from tests.lab.lab_session import eventually
from tests.lab.routed.bench import ALSO_28, UNDECLARED_PORT, RoutedHost, at, container

STATE = (  # what a change of ways may leave behind
    "cd /; find etc/docker etc/dualstack etc/netplan etc/systemd/system -type f -o -type l | sort; "
    "cat etc/docker/daemon.json; docker network ls --format '{{.Name}} {{.Driver}}' | sort; "
    "ip -oneline link show type bridge | awk '{print $2}'; ip -6 route show | grep -v fe80 | sort; "
    "ip -6 -oneline address show scope global | awk '{print $2, $4}'; "
    "nft list table ip6 dualstack | sed 's/packets [0-9]* bytes [0-9]*//'; "
    "ip6tables-save 2>/dev/null | grep -vE '^#|^:' | sort; "
    "docker ps --all --format '{{.Names}}' | sort"
)


def block(routed: RoutedHost) -> IPv6Network:
    """Four addresses of the host's prefix, as a block of an ENI has them."""
    return IPv6Network((int(routed.prefix[0]) + 0x8, 126))


def both(*networks: str) -> tuple[Container, Container]:
    """As many as a /126 holds."""
    return container("web", 1, *networks), container("api", 2, *networks)


def on_docker0(routed: RoutedHost) -> list[str]:
    return routed.bring(*both(), way="default-bridge", prefix=block(routed))


def on_networks(routed: RoutedHost) -> list[str]:
    return routed.bring(*both(), way="routed", prefix=block(routed))


def is_served(routed: RoutedHost) -> None:
    """Both containers are at their addresses, and open for what is declared alone."""
    web, api = str(block(routed)[2]), str(block(routed)[3])
    routed.listen("web")
    assert list(routed.addresses("web").values()) == [web]
    assert list(routed.addresses("api").values()) == [api]
    for address in (web, api):
        assert eventually(lambda to=address: routed.from_internet(to, 80))
        assert eventually(lambda to=address: routed.from_internet(to))
    assert not routed.from_internet(web, 81)
    assert not routed.from_internet(routed.address, 80)
    assert not routed.from_peer(routed.ipv4, 80)


@pytest.mark.matrix
@ALSO_28
def test_there_and_back_leaves_nothing_behind(routed: RoutedHost) -> None:
    on_docker0(routed)
    is_served(routed)
    before = routed.host.succeed(STATE)
    assert f"docker0 {block(routed)[1]}/126" in before

    on_networks(routed)
    is_served(routed)
    meanwhile = routed.host.succeed(STATE)
    assert f"br-containers {block(routed)[1]}/126" in meanwhile
    assert f"docker0 {block(routed)[1]}/126" not in meanwhile
    assert "fixed-cidr-v6" not in meanwhile

    on_docker0(routed)
    is_served(routed)
    assert routed.host.succeed(STATE) == before


@pytest.fixture
def live_restore(routed: RoutedHost) -> Iterator[RoutedHost]:
    """A host whose own daemon.json turns live-restore on."""
    routed.host.succeed("systemctl is-active docker")
    routed.bring(way="routed")
    routed.steps.remove("docker")
    routed.host.succeed("""mkdir -p /etc/docker; echo '{"live-restore": true}' >/etc/docker/daemon.json""")
    routed.host.succeed("systemctl reload docker")
    routed.steps.apply_all()
    yield routed
    routed.bring(way="routed")
    routed.steps.remove("docker")
    routed.host.succeed("rm /etc/docker/daemon.json; systemctl reload docker")
    routed.steps.apply_all()


@ALSO_28
def test_with_live_restore_it_converges(live_restore: RoutedHost, routed: RoutedHost) -> None:
    for change in (on_docker0, on_networks, on_docker0):
        change(routed)
        is_served(routed)
    assert '"live-restore": true' in routed.host.succeed("cat /etc/docker/daemon.json")


@ALSO_28
def test_with_live_restore_and_a_container_started_by_hand_it_is_refused(
    live_restore: RoutedHost, routed: RoutedHost
) -> None:
    one = container("web", 1)
    routed.bring(one, way="default-bridge", prefix=block(routed))
    routed.host.succeed("docker run -d --name by-hand lab/web:1")
    before = routed.host.succeed(STATE), routed.started("web", "by-hand")
    try:
        routed.steps.way = "routed"
        with pytest.raises(CommandFailed, match=r"go on running without it: by-hand; stop .*was changed"):
            routed.steps.apply("docker")
        assert (routed.host.succeed(STATE), routed.started("web", "by-hand")) == before
    finally:
        routed.host.succeed("docker rm --force by-hand")


@ALSO_28
def test_what_a_container_on_docker0_did_not_declare_is_closed_before_docker_knows_of_the_change(
    routed: RoutedHost,
) -> None:
    """Also where the networks to come lie elsewhere in the prefix than docker0."""
    routed.bring(container("web", 1), way="default-bridge")
    routed.listen("web")
    routed.steps.way, routed.steps.networks = "routed", (ContainerNetwork("back", 2),)
    routed.steps.containers = (container("web", 1, "back"),)
    routed.steps.apply("filter")
    assert routed.addresses("web") == {"bridge": at(routed, 1, 2)}
    assert not routed.from_peer(at(routed, 1, 2), UNDECLARED_PORT)
    routed.bring(container("web", 1, "back"), networks=(ContainerNetwork("back", 2),))
    assert eventually(lambda: routed.from_peer(at(routed, 2, 2), 80))


@ALSO_28
def test_without_its_steps_the_host_has_no_networks_of_ours(routed: RoutedHost) -> None:
    on_networks(routed)
    routed.steps.remove_all()
    left = routed.host.succeed(STATE + " || true")
    assert "dualstack" not in left
    assert "br-containers" not in left
    assert "DUALSTACK" not in left
    assert routed.host.succeed("docker network ls --format '{{.Name}}' | sort").split() == [
        "bridge",
        "host",
        "none",
    ]
