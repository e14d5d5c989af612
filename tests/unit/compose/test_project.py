"""What is read from a Compose file, and what is refused in it."""

import pytest

from components.compose.ports import PublishedPort, published_ports
from components.compose.project import ComposeFileError, parse_project
from components.containers import Port

SHOP = """\
services:
  web:
    image: lab/web:1
    networks: [front]
    ports: ["80:80"]
    restart: unless-stopped
  api:
    image: lab/web:1
    networks:
      front: {aliases: [backend]}
      back:
    deploy: {replicas: 2}
  db:
    image: lab/web:1
    networks: [back]
    volumes: ["data:/data", "/srv/db:/db"]
networks:
  front:
    ipam: {config: [{subnet: 192.0.2.0/24}]}
  back: {internal: true}
  old: {enable_ipv6: false}
  elsewhere: {external: true}
volumes: {data: }
"""


def errors_of(text: str, variables: tuple[str, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(ComposeFileError) as caught:
        parse_project(text, variables)
    return caught.value.messages


def service(*lines: str) -> str:
    """A project of one service, with these lines in it."""
    return "services:\n  web:\n    image: lab/web:1\n" + "".join(f"    {line}\n" for line in lines)


def test_services_are_read_with_their_networks_ports_and_restart_policy() -> None:
    project = parse_project(SHOP)
    assert [(each.name, each.networks, each.replicas, each.restarts) for each in project.services] == [
        ("web", ("front",), 1, True),
        ("api", ("front", "back"), 2, False),
        ("db", ("back",), 1, False),
    ]
    assert project.services[0].ports == (PublishedPort(Port(80), "", 80),)
    assert project.text == SHOP


def test_the_project_s_own_bridges_get_ipv6_and_no_other_network() -> None:
    assert parse_project(SHOP).network_names == ("front", "back")


def test_services_without_networks_are_on_the_default_network() -> None:
    project = parse_project(service())
    assert project.network_names == ("default",)
    assert project.services[0].networks == ("default",)


def test_a_service_in_the_host_s_network_has_none_of_its_own() -> None:
    project = parse_project(service("network_mode: host"))
    assert (project.network_names, project.services[0].networks) == ((), ())


@pytest.mark.parametrize(
    ("entry", "port"),
    [
        ("80", PublishedPort(Port(80))),
        (80, PublishedPort(Port(80))),
        ("8080:80", PublishedPort(Port(80), "", 8080)),
        ("0.0.0.0:8080:80", PublishedPort(Port(80), "0.0.0.0", 8080)),
        ("[::]:8080:80", PublishedPort(Port(80), "::", 8080)),
        ("::1:8080:80", PublishedPort(Port(80), "::1", 8080)),
        ("127.0.0.1:8080:80", PublishedPort(Port(80), "127.0.0.1", 8080)),
        ("[::1]:8080:80/tcp", PublishedPort(Port(80), "::1", 8080)),
        ("[::]::80", PublishedPort(Port(80), "::")),
        ("127.0.0.1::53/udp", PublishedPort(Port(53, "udp"), "127.0.0.1")),
        ("9000-9010:80", PublishedPort(Port(80))),
        ({"target": 80, "published": "8080", "host_ip": "::1"}, PublishedPort(Port(80), "::1", 8080)),
        ({"target": 53, "protocol": "udp"}, PublishedPort(Port(53, "udp"))),
        ({"target": 80, "host_ip": "127.0.0.1"}, PublishedPort(Port(80), "127.0.0.1")),
    ],
)
def test_each_form_of_a_port(entry: object, port: PublishedPort) -> None:
    assert published_ports([entry]) == (port,)


def test_ports_without_quotes_are_no_numbers_in_base_60() -> None:
    assert parse_project(service("ports: [22:22, 8080]")).services[0].ports == (
        PublishedPort(Port(22), "", 22),
        PublishedPort(Port(8080)),
    )


def test_a_range_of_ports_is_so_many_ports() -> None:
    assert published_ports(["8000-8001:80-81"]) == (
        PublishedPort(Port(80), "", 8000, in_range=True),
        PublishedPort(Port(81), "", 8001, in_range=True),
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ['ports: ["http"]'],
            "service web: ports: 'http' is not a port such as 80, 8080:80, 127.0.0.1:8080:80, [::]:8080:80 "
            "or 53:53/udp",
        ),
        (
            ['ports: ["${PORT:-80}:80"]'],
            "service web: ports: '${PORT:-80}:80' is not a port such as 80, 8080:80, 127.0.0.1:8080:80, "
            "[::]:8080:80 or 53:53/udp; write it without a variable: what it opens must be known",
        ),
        (['ports: ["53/sctp"]'], "service web: ports: '53/sctp': protocol sctp is neither tcp nor udp"),
        (["ports: 80"], "service web: ports: 80 is not a list"),
        (
            ["networks: [frnt]", "x: 1"],
            "service web: network 'frnt' is not among the file's networks (default)",
        ),
        (
            ["build: ."],
            "service web: build: the host has no source to build from; name an image of a registry in "
            "`image`",
        ),
        (
            ["env_file: .env"],
            "service web: env_file: the host gets this one file; write the values in `environment`",
        ),
        (
            ["volumes: [./site:/www]"],
            "service web: volumes: ./site lies beside the file, and the host gets this one file; use a named "
            "volume, a path from /, or `configs` with `content`",
        ),
        (
            ["environment: {PASSWORD: $PASSWORD}"],
            "variable PASSWORD has no value on the host; give one in the app's `variables`, or a default: "
            "${PASSWORD:-value}",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(lines: list[str], message: str) -> None:
    assert errors_of(service(*lines)) == (message,)


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(errors_of("services: {a: {build: .}, b: {image: x, networks: [none]}}")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just words", "no compose project: 'just words' is not a mapping with `services`"),
        ("networks: {}", "no compose project: it has no `services`"),
        (
            "web: {image: nginx}",
            "no compose project: it has no `services`; a file of compose v1 has its services at the top: put "
            "them below `services:`",
        ),
        ("services: {web: nginx}", "service web: not a mapping"),
    ],
)
def test_a_file_that_is_no_project_is_refused(text: str, message: str) -> None:
    assert errors_of(text) == (message,)


def test_what_is_no_yaml_is_refused_with_the_place() -> None:
    (message,) = errors_of("services:\n  web: [")
    assert message.startswith("not yaml: ")
    assert "line 2, column 9" in message


def test_an_ipv6_subnet_in_the_file_is_refused() -> None:
    text = service() + 'networks: {default: {ipam: {config: [{subnet: "fd00:1::/64"}]}}}\n'
    assert errors_of(text) == (
        "network default: it has an IPv6 subnet of its own, fd00:1::/64; take that out: its subnet comes "
        "from the host's prefix",
    )


def test_variables_with_a_default_or_a_value_are_taken() -> None:
    lines = ["environment:", "  A: ${A:-1}", "  B: ${B-}", "  C: $$HOME", "  D: ${D}"]
    assert parse_project(service(*lines), ["D"]).services[0].name == "web"
