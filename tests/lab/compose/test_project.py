"""A project of web, api and database on two networks: what its services see, and what a change restarts."""

import re

import pytest

from components.compose_app import DeclaredApp
from lab.machines import CommandFailed, Host
from lab.names import INTERNET_IPV6
from tests.lab.compose.compose_host import ComposeHost, Machine
from tests.lab.hosts import EACH_WAY_DOWN, Down, boot_again
from tests.lab.hosts import fetch as fetch_within
from tests.lab.lab_session import Lab, on_operator_side

OVER_IPV6 = '["CMD", "wget", "-q", "-O", "/dev/null", "http://[::1]/"]'
OVER_IPV4 = '["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]'
SHOP = f"""\
services:
  web:
    image: lab/web:1
    networks: [front]
    ports: ["8080:80"]
    restart: unless-stopped
    healthcheck: {{test: {OVER_IPV6}, interval: 1s}}
  api:
    image: lab/web:1
    networks: [front, back]
    restart: unless-stopped
    environment: {{LEVEL: "${{LEVEL:-1}}"}}
    healthcheck: {{test: {OVER_IPV4}, interval: 1s}}
  db:
    image: lab/web:1
    networks: [back]
    restart: unless-stopped
    volumes: ["data:/data"]
networks:
  front:
    ipam: {{config: [{{subnet: 192.0.2.0/24}}]}}
  back: {{internal: true}}
volumes: {{data: }}
"""
FRONT, BACK = 3, 4
WEB, API, DB = 1, 2, 3
SECONDS = 120


def app(text: str = SHOP, **places: int) -> DeclaredApp:
    return {"name": "shop", "compose": text, "networks": {"front": FRONT, "back": BACK}, "places": places}


@pytest.fixture
def shop(lab: Lab, newest: ComposeHost) -> ComposeHost:
    """The host with the project as it is above."""
    newest.apply(app())
    return newest


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The containers that were started anew."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def fetch(address: str, path: str = "/") -> str | None:
    """A page as the internet gets it; None where nobody answers."""
    done = on_operator_side(["curl", "-6sf", "-m", "3", f"http://[{address}]{path}"])
    return done.stdout.strip() if done.returncode == 0 else None


def fetched(address: str, path: str = "/") -> str:
    """The same, of what answers within a minute."""
    tries = ["--retry", "20", "--retry-all-errors", "--retry-delay", "1"]
    page = on_operator_side(["curl", "-6sf", "-m", "3", *tries, f"http://[{address}]{path}"], timeout=120)
    assert page.returncode == 0, address
    return page.stdout.strip()


def test_services_find_each_other_by_aaaa_on_the_networks_that_they_share(shop: ComposeHost) -> None:
    def lookup(service: str, name: str) -> list[str]:
        text = shop.in_service(service, f"busybox nslookup -type=aaaa {name} 127.0.0.11 || true")
        return re.findall(r"Address: (2001:\S+)", text)

    assert lookup("web", "api") == [shop.address_of(FRONT, API)]
    assert lookup("api", "db") == [shop.address_of(BACK, DB)]
    assert lookup("web", "db") == []
    for service, url in (("web", "http://web/"), ("db", f"http://[{shop.address_of(BACK, DB)}]/")):
        assert fetch_within(shop.host, "shop-api-1", url) == shop.in_service(service, "hostname")


def test_the_web_service_sees_its_client_s_own_address(
    shop: ComposeHost, other: Host, machines: dict[str, Machine]
) -> None:
    assert fetched(shop.address_of(FRONT, WEB), "/cgi-bin/source") == "2001:db8:fffe::10"
    command = f"curl -sf -m 3 http://[{shop.address_of(FRONT, WEB)}]/cgi-bin/source"
    assert other.wait_until_succeeds(command).strip() == machines["debian-13-docker"].address


def test_a_service_is_seen_under_its_own_address_by_the_internet(shop: ComposeHost) -> None:
    assert fetch_within(shop.host, "shop-web-1", f"http://[{INTERNET_IPV6}]/") == shop.address_of(FRONT, WEB)


def test_ping_is_answered_and_what_publishes_nothing_is_closed(shop: ComposeHost, other: Host) -> None:
    web, api, database = (
        shop.address_of(FRONT, WEB),
        shop.address_of(FRONT, API),
        shop.address_of(BACK, DB),
    )
    other.wait_until_succeeds(f"ping -6 -c 1 -W 2 {web}")
    assert other.run(["curl", "-sf", "-m", "3", f"http://[{api}]/"]).returncode != 0
    assert other.run(["ping", "-6", "-c", "1", "-W", "2", database]).returncode != 0
    assert other.run(["curl", "-sf", "-m", "3", f"http://[{database}]/"]).returncode != 0
    assert fetch(api) is None


def test_a_second_run_changes_nothing_and_restarts_nothing(shop: ComposeHost) -> None:
    before = shop.started()
    assert shop.apply(app()) == "compose shop: unchanged\n"
    assert changed(before, shop.started()) == set()


def test_a_change_of_one_service_restarts_that_one_and_keeps_its_address(shop: ComposeHost) -> None:
    before = shop.started()
    shop.apply(app(SHOP.replace("LEVEL:-1", "LEVEL:-2")))
    assert changed(before, shop.started()) == {"shop-api-1"}
    assert fetched(shop.address_of(FRONT, WEB)) == shop.in_service("web", "hostname")
    assert "LEVEL=2" in shop.host.succeed("docker inspect --format '{{.Config.Env}}' shop-api-1")
    assert shop.address_of(FRONT, API) in shop.in_service("api", "ip -6 address show")


def test_services_that_change_places_change_addresses(shop: ComposeHost) -> None:
    before = shop.started()
    shop.apply(app(web=API, api=WEB))
    assert changed(before, shop.started()) == {"shop-web-1", "shop-api-1"}
    assert fetched(shop.address_of(FRONT, API)) == shop.in_service("web", "hostname")


def test_a_network_that_changes_is_made_anew(shop: ComposeHost) -> None:
    shop.apply(app(SHOP.replace("192.0.2.0/24", "198.51.100.0/24")))
    form = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    text = shop.host.succeed(f"docker network inspect shop_front --format '{form}'")
    prefix = shop.machine.prefix.removesuffix("::/80")
    assert sorted(text.split()) == ["198.51.100.0/24", f"{prefix}:{FRONT}::/96"]


def test_a_service_that_is_healthy_over_one_family_only_is_named(shop: ComposeHost) -> None:
    """It listens on IPv4 alone: the check over IPv4 is content, the one over IPv6 is not."""
    serve = "hostname >/www/index.html; exec httpd -f -p 0.0.0.0:80 -h /www"
    ipv4_alone = SHOP.replace("    ports:", f'    command: ["sh", "-c", "{serve}"]\n    ports:')
    shop.apply(app(ipv4_alone.replace("http://[::1]/", "http://127.0.0.1/")))
    with pytest.raises(CommandFailed) as failed:
        shop.apply(app(ipv4_alone.replace("interval: 1s", "interval: 1s, retries: 2")))
    assert "compose shop: not up: web is Up" in str(failed.value)
    assert "(unhealthy)" in str(failed.value)
    assert "shop-web-1: health check: wget: can't connect to remote host" in str(failed.value)


def test_a_file_that_compose_cannot_read_changes_nothing(shop: ComposeHost) -> None:
    before = shop.started()
    with pytest.raises(CommandFailed, match=r"cannot read the file, nothing was changed: .*restrat"):
        shop.apply(app(SHOP.replace("    restart:", "    restrat:", 1)))
    assert changed(before, shop.started()) == set()
    assert "restrat" not in shop.host.succeed("cat /etc/dualstack/apps/shop/compose.yaml")


def test_a_project_of_the_same_name_by_hand_is_refused(shop: ComposeHost) -> None:
    host = shop.host
    host.succeed(
        "mkdir -p /root/mine; printf 'services: {a: {image: \"lab/web:1\"}}' >/root/mine/compose.yaml"
    )
    host.succeed("docker compose --project-directory /root/mine up --detach")
    wanted: DeclaredApp = {
        "name": "mine",
        "compose": "services: {a: {image: 'lab/web:1'}}",
        "networks": {"default": 5},
    }
    with pytest.raises(
        CommandFailed, match="a compose project of this name was started by hand in /root/mine"
    ):
        shop.apply(wanted)
    host.succeed("docker compose --project-directory /root/mine down; rm -r /root/mine")


@EACH_WAY_DOWN
def test_after_a_reboot_every_service_is_back_at_its_address(shop: ComposeHost, down: Down) -> None:
    boot_again(shop.host, down)
    shop.host.wait_until_succeeds("docker exec shop-web-1 hostname", timeout=SECONDS)
    assert fetched(shop.address_of(FRONT, WEB), "/cgi-bin/source") == "2001:db8:fffe::10"
    assert fetch(shop.address_of(FRONT, API)) is None


def test_what_is_removed_leaves_nothing_but_volumes_which_are_named(shop: ComposeHost) -> None:
    said = shop.remove("shop")
    assert "warning: these volumes are kept, `docker volume rm` deletes them: shop_data" in said
    host = shop.host
    assert host.succeed("docker ps --all --quiet") == ""
    assert host.succeed("docker network ls --format '{{.Name}}' | sort").split() == [
        "bridge",
        "containers",
        "host",
        "none",
    ]
    assert host.succeed("ip -6 route | grep -c compose- || true") == "0\n"
    assert host.succeed("find /etc -path '*app*shop*'") == ""
    assert host.succeed("nft list tables | grep -c dualstack_app || true") == "0\n"
    assert host.succeed("docker volume ls --quiet") == "shop_data\n"
    assert shop.remove("shop") == said
