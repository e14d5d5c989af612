"""What a preview says of restarts, from what a step wanted and what it wants now."""

from dataclasses import replace

from components.container_networks.plan import NetworkWishes
from components.containers import Container, ContainerNetwork, Port
from components.host.render import container_text, docker_text
from components.restart_notice import container_notice, docker_notice
from tests.unit.host.host_facts import facts_text

PREFIX = "2001:db8:0:100:1::/80"
WEB = Container("web", "lab/web:1", 1, (Port(80),), ("front",))
FRONT, BACK = ContainerNetwork("front", 1), ContainerNetwork("back", 2)
ROUTED = NetworkWishes("routed", (FRONT, BACK), (WEB,))
ON_DOCKER0 = NetworkWishes("default-bridge", (), (replace(WEB, networks=()),))


def said_of_web(old: NetworkWishes, new: NetworkWishes, engine: str = "26.1.5") -> str | None:
    texts = [container_text(engine, PREFIX, wishes, "web") for wishes in (old, new)]
    return container_notice("web", *texts)


def said_of_docker(old: NetworkWishes, new: NetworkWishes) -> str | None:
    engine = '{"engine": "26.1.5"}'
    texts = [docker_text(facts_text(), engine, PREFIX, wishes) for wishes in (old, new)]
    return docker_notice("host-1", *texts)


def wishes(web: Container) -> NetworkWishes:
    return replace(ROUTED, containers=(web,))


def test_another_way_restarts_docker_and_the_containers() -> None:
    assert said_of_docker(ON_DOCKER0, ROUTED) == "docker on host-1 restarts, and with it the containers there"
    assert said_of_docker(ROUTED, ON_DOCKER0) == "docker on host-1 restarts, and with it the containers there"
    assert said_of_web(ON_DOCKER0, ROUTED) == "container web is made anew and restarts"
    assert said_of_web(ROUTED, ON_DOCKER0) == "container web is made anew and restarts"


def test_another_network_of_the_host_restarts_nothing() -> None:
    assert said_of_docker(replace(ROUTED, networks=(FRONT,)), ROUTED) is None
    assert said_of_web(replace(ROUTED, networks=(FRONT,)), ROUTED) is None


def test_a_container_moves_between_networks_while_it_runs() -> None:
    moves = "container web changes its networks while it runs, and its connections break"
    assert said_of_web(ROUTED, wishes(replace(WEB, networks=("front", "back")))) == moves
    assert said_of_web(ROUTED, wishes(replace(WEB, place=2))) == moves


def test_another_image_or_port_that_docker_opens_makes_a_container_anew() -> None:
    anew = "container web is made anew and restarts"
    assert said_of_web(ROUTED, wishes(replace(WEB, image="lab/web:2"))) == anew
    opened = wishes(replace(WEB, ports=(Port(80), Port(81))))
    assert said_of_web(ROUTED, opened, engine="28.5.2") == anew
    assert said_of_web(ROUTED, opened) is None
