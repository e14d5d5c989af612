"""A project on a host: its plan, the files beside its own, and what two projects cannot both have."""

from ipaddress import IPv4Network, IPv6Network

import pytest
import yaml

from components.compose.app import App
from components.compose.checks import Taken, app_errors, clashes, on_loopback_over_ipv6, without_restart
from components.compose.plan import places_in_order, plan_app
from components.compose.project import parse_project
from components.compose_app import as_app
from components.config.apps import app_warnings
from components.host.compose import environment_text
from components.host.facts import HostError
from components.host.render import compose_text

PREFIX = "2001:db8:0:100:1::/80"
FREE = Taken(numbers={1: "the host's network containers"}, ipv4_subnets={})
SHOP = """\
services:
  web:
    image: lab/web:1
    networks: [front, back]
    ports: ["8080:80", "0.0.0.0:8443:443"]
  db:
    image: lab/web:1
    networks: [back]
networks:
  front: {ipam: {config: [{subnet: 192.0.2.0/24}]}}
  back: {internal: true}
"""
OVERRIDE_28 = """\
# Written by dualstack: the addresses, beside the project's own compose.yaml.
name: shop
services:
  web:
    networks:
      front:
        ipv6_address: 2001:db8:0:100:1:2:0:2
      back:
        ipv6_address: 2001:db8:0:100:1:3:0:2
  db:
    networks:
      back:
        ipv6_address: 2001:db8:0:100:1:3:0:3
networks:
  front:
    enable_ipv6: true
    driver_opts:
      com.docker.network.bridge.name: compose-2
      com.docker.network.bridge.gateway_mode_ipv6: routed
    ipam:
      config:
      - subnet: 192.0.2.0/24
      - subnet: 2001:db8:0:100:1:2::/96
        gateway: 2001:db8:0:100:1:2:0:1
        ip_range: 2001:db8:0:100:1:2:8000:0/97
  back:
    enable_ipv6: true
    driver_opts:
      com.docker.network.bridge.name: compose-3
      com.docker.network.bridge.gateway_mode_ipv6: routed
    ipam:
      config:
      - subnet: 2001:db8:0:100:1:3::/96
        gateway: 2001:db8:0:100:1:3:0:1
        ip_range: 2001:db8:0:100:1:3:8000:0/97
"""
FILTER_26 = """\
table ip6 dualstack_app_shop {
    chain forward {
        type filter hook forward priority filter; policy accept;
        iifname compose-2 oifname compose-2 accept
        iifname compose-3 oifname compose-3 accept
        iifname compose-3 drop
        oifname compose-3 drop
        ct state established,related accept
        iifname compose-2 oifname compose-3 drop
        iifname compose-3 oifname compose-2 drop
        ip6 daddr != { 2001:db8:0:100:1:2::/96, 2001:db8:0:100:1:3::/96 } accept
        ct state established,related accept
        meta l4proto ipv6-icmp accept
        ip6 daddr 2001:db8:0:100:1:2:0:2 tcp dport 80 accept  # web
        ip6 daddr 2001:db8:0:100:1:3:0:2 tcp dport 80 accept  # web
        counter drop
    }
}
"""


def shop(text: str = SHOP, **numbers: int) -> App:
    return as_app({"name": "shop", "compose": text, "networks": numbers or {"front": 2, "back": 3}})


def files(app: App, engine: str) -> dict[str, str]:
    """The files of a project by their names in its folder."""
    text = compose_text(engine, PREFIX, app=app, way="routed")
    *parts, end = [part.split("\n", 1) for part in f"\n{text}".split("\n=== ")[1:]]
    assert end == ["end", ""]
    return {head.split()[0].rpartition("/")[2]: f"{content}\n" for head, content in parts}


def test_the_file_beside_gives_networks_their_subnets_and_services_their_addresses() -> None:
    written = files(shop(), "28.5.2")
    assert written["compose.yaml"] == SHOP
    assert written["compose.override.yaml"] == OVERRIDE_28


def test_before_engine_27_the_ports_are_opened_by_a_filter_of_our_own() -> None:
    written = files(shop(), "26.1.5")
    assert "gateway_mode_ipv6" not in written["compose.override.yaml"]
    assert written["filter.nft"].endswith(f"delete table ip6 dualstack_app_shop\n{FILTER_26}")


def test_on_nat66_the_project_s_filter_is_about_its_own_networks() -> None:
    text = compose_text("28.5.2", "fd12:3456:789a:1::/64", app=shop(), way="nat66")
    rules = text.split("policy accept;\n")[1].split("    }\n")[0].splitlines()
    assert [rule.strip() for rule in rules] == [
        "iifname compose-2 oifname compose-2 accept",
        "iifname compose-3 oifname compose-3 accept",
        "iifname compose-3 drop",
        "oifname compose-3 drop",
        "ip6 daddr != { fd12:3456:789a:1:0:2::/96, fd12:3456:789a:1:0:3::/96 } accept",
        "ct state established,related accept",
        "ct status dnat accept",
        "iifname { compose-2, compose-3 } accept",
        "counter drop",
    ]


def test_a_project_of_one_network_needs_no_filter_on_a_newer_engine() -> None:
    app = shop("services: {web: {image: lab/web:1}}", default=2)
    assert sorted(files(app, "28.5.2")) == ["compose.override.yaml", "compose.yaml", "plan"]


def test_the_plan_changes_with_what_compose_does_not_change_by_itself() -> None:
    plan = files(shop(), "28.5.2")["plan"].splitlines()
    assert [line for line in plan if line.startswith("address")] == [
        "address web front 2001:db8:0:100:1:2:0:2",
        "address web back 2001:db8:0:100:1:3:0:2",
        "address db back 2001:db8:0:100:1:3:0:3",
    ]
    other = files(shop(SHOP.replace("192.0.2.0", "198.51.100.0")), "28.5.2")["plan"].splitlines()
    assert [one == another for one, another in zip(plan, other, strict=True)] == [
        False,
        True,
        True,
        True,
        True,
    ]


def test_services_with_several_containers_have_no_address_of_their_own() -> None:
    app = shop(SHOP.replace("  db:\n", "  db:\n    deploy: {replicas: 2}\n"))
    assert "db" not in yaml.safe_load(files(app, "28.5.2")["compose.override.yaml"])["services"]


def test_several_containers_with_ports_are_refused_where_the_engine_does_not_filter() -> None:
    app = shop(SHOP.replace("  web:\n", "  web:\n    scale: 2\n"))
    with pytest.raises(HostError) as refused:
        compose_text("26.1.5", PREFIX, app=app, way="routed")
    assert str(refused.value) == (
        "app shop: service web: it publishes ports and has 2 containers, whose addresses docker engine 26 "
        "filters not at all; run one, or install docker engine 27"
    )
    assert "web" in compose_text("28.5.2", PREFIX, app=app, way="routed")


def test_variables_are_written_so_that_no_character_has_a_meaning() -> None:
    assert environment_text({"A": '$x"\\ #', "B": ""}) == "A='$x\"\\ #'\nB=''\n"
    with pytest.raises(HostError, match="variables A: a value cannot have a single quote or a line's end"):
        environment_text({"A": "it's"})


def test_a_service_has_the_place_given_or_its_number_in_the_file() -> None:
    project = parse_project(SHOP)
    assert places_in_order(project, {}) == (("web", 1), ("db", 2))
    assert places_in_order(project, {"db": 7}) == (("web", 1), ("db", 7))
    plan = plan_app(shop(), IPv6Network(PREFIX), "routed")
    assert [str(container.address) for container in plan.containers] == [
        "2001:db8:0:100:1:2:0:2",
        "2001:db8:0:100:1:3:0:3",
    ]


@pytest.mark.parametrize(
    ("networks", "first"),
    [
        ("{alpha: {}, beta: {}}", "alpha"),
        ("{alpha: {name: zone}, beta: {}}", "beta"),
        ("{alpha: {}, beta: {name: lab}}", "beta"),
        ("{alpha: {internal: true}, beta: {}}", "beta"),
    ],
)
def test_a_service_s_first_address_is_on_the_network_that_docker_routes_by(networks: str, first: str) -> None:
    """Whose name in Docker comes first, which may be given; one that is internal has no way out."""
    text = f"services: {{web: {{image: lab/web:1, networks: [beta, alpha]}}}}\nnetworks: {networks}\n"
    (web,) = plan_app(shop(text, alpha=6, beta=7), IPv6Network(PREFIX), "routed").containers
    assert web.addresses[0][0] == first


def test_numbers_and_places_are_those_of_the_file() -> None:
    assert app_errors(parse_project(SHOP), {"frnt": 2}, {"web": 2, "dbb": 1}) == [
        "networks: 'frnt' is no network of the project that gets IPv6 addresses; those are front, back; did "
        "you mean 'front'",
        "networks: network front has no number; give each a number of its own in the host's prefix, for "
        "good: networks: {front: 3}",
        "networks: network back has no number; give each a number of its own in the host's prefix, for "
        "good: networks: {back: 3}",
        "places: 'dbb' is no service of the project; did you mean 'db'",
        "places: place 2 is that of web and db; give each its own (the number of the service in the file "
        "where none is given)",
    ]


def test_two_projects_cannot_have_the_same_number_port_subnet_or_name() -> None:
    text = SHOP.replace("  db:\n", "  db:\n    container_name: data\n")
    one, other = shop(text), as_app({"name": "blog", "compose": text, "networks": {"front": 2, "back": 1}})
    taken = Taken(FREE.numbers, {"containers": IPv4Network("192.0.0.0/16")}, ["data"])
    assert clashes([one, other], taken) == [
        "apps: the host's network containers and network back of app blog have number 1, and would share an "
        "IPv6 subnet; give each its own, 4 is free",
        "apps: network front of app shop and network front of app blog have number 2, and would share an "
        "IPv6 subnet; give each its own, 4 is free",
        "apps: network containers (192.0.0.0/16) and network front of app shop (192.0.2.0/24) overlap; give "
        "each a range of its own",
        "apps: network containers (192.0.0.0/16) and network front of app blog (192.0.2.0/24) overlap; give "
        "each a range of its own",
        "apps: network front of app shop (192.0.2.0/24) and network front of app blog (192.0.2.0/24) "
        "overlap; give each a range of its own",
        "apps: container_name data is that of the host's containers and service db of app shop and service "
        "db of app blog; rename one",
        "apps: service web of app shop and service web of app blog have port 8080/tcp of the host; give "
        "each its own",
        "apps: service web of app shop and service web of app blog have port 8443/tcp of the host; give "
        "each its own",
    ]


def test_one_port_on_two_addresses_of_the_host_is_no_clash() -> None:
    text = "services: {a: {image: x, ports: ['0.0.0.0:80:80', '[::]:80:80', '127.0.0.2:81:80']}}"
    assert clashes([shop(text, default=2)], FREE) == []


def test_what_a_reboot_ends_and_what_is_open_unawares_is_found() -> None:
    assert without_restart(shop(SHOP.replace("  db:\n", "  db:\n    restart: always\n"))) == ("web",)
    unawares = shop(SHOP.replace('"8080:80"', '"[::1]:8080:80"'))
    assert on_loopback_over_ipv6(unawares) == ("web",)
    about_loopback = {
        way: [line for line in app_warnings("host-1", way, (unawares,)) if "[::1]" in line]
        for way in ("routed", "nat66")
    }
    assert about_loopback == {
        "routed": [
            "host host-1: app shop: service web: a port on [::1] is open on the service's own IPv6 address, "
            "too; for the host alone do not publish it: the host reaches the service's own address"
        ],
        "nat66": [],
    }
    assert on_loopback_over_ipv6(shop()) == ()
