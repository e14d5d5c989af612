"""The same hosts on the ways for a link that they share, by the program: one way, the next, and none."""

import pytest

from tests.lab.existing.bare import SNAPSHOT, Bare
from tests.lab.host_steps import in_which_it_differs
from tests.lab.hosts import fetch, pings
from tests.lab.hosts import ping as hop_limit
from tests.lab.lab_session import eventually, on_operator_side
from tests.lab.verifying import finds_nothing

SHOP = """\
services:
  web: {image: lab/web:1, ports: ["8080:80"], restart: unless-stopped}
  api: {image: lab/web:1, restart: unless-stopped}
"""
AS_FOUND: dict[int, str] = {}
ROUTES = "/etc/netplan/70-dualstack-routes.yaml"
FILES = "find /etc/netplan /etc/dualstack /etc/systemd/system -type f -exec md5sum {} + | sort"


@pytest.fixture(scope="module", autouse=True)
def found(bare_session: Bare) -> None:
    for number in (1, 2):
        AS_FOUND[number] = bare_session.host(number).succeed(SNAPSHOT)


def assert_in_force_once_replaced(bare: Bare, step: str) -> None:
    """The old step is taken away, and with it what it had put there, before the new one is made."""
    files = bare.host(1).succeed(FILES)
    done = bare.deployment.bring_up("--replace", f"**::bare-1-{step}")
    assert f"bare-1-{step} replaced" in done
    assert bare.host(1).succeed(FILES) == files
    one, two = (bare.address_of(number) for number in (1, 2))
    assert hop_limit(bare.host(1), "web-1", two) == 62
    assert hop_limit(bare.host(2), "web-2", one) == 62
    assert finds_nothing(bare.deployment)
    bare.deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_static_routes_need_nothing_of_the_router(bare: Bare) -> None:
    bare.deployment.change(hosts=[bare.entry(number, network="static-routes") for number in (1, 2)])
    bare.deployment.bring_up()
    one, two = (bare.address_of(number) for number in (1, 2))
    assert (one, two) == ("2001:db8:a:101:0:1:0:2", "2001:db8:a:102:0:1:0:2")
    assert hop_limit(bare.host(1), "web-1", two) == 62  # host, host
    assert hop_limit(bare.host(2), "web-2", one) == 62
    assert on_operator_side(["ping", "-c2", "-i0.3", "-W1", one]).returncode == 1
    assert "to: 2001:db8:a:102::/64\n        via: 2001:db8:a:100::12\n" in bare.host(1).succeed(
        f"cat {ROUTES}"
    )
    assert finds_nothing(bare.deployment)


@pytest.mark.matrix
def test_replaced_static_routes_are_in_force_afterwards(bare: Bare) -> None:
    assert_in_force_once_replaced(bare, "routes")


def test_a_host_that_is_taken_out_takes_its_routes_with_it(bare: Bare) -> None:
    bare.deployment.change(hosts=[bare.entry(1, network="static-routes")])
    bare.deployment.bring_up()
    assert "2001:db8:a:102" not in bare.host(1).succeed(f"cat {ROUTES}; ip -6 route")
    assert in_which_it_differs(bare.host(2), SNAPSHOT, AS_FOUND[2]) == []


def test_the_proxy_answers_for_a_part_of_the_links_prefix(bare: Bare) -> None:
    """Host one changes its way and its prefix by an ordinary update; host two comes back."""
    quarters = {1: "2001:db8:a:100:8000::/66", 2: "2001:db8:a:100:c000::/66"}
    bare.deployment.change(
        hosts=[bare.entry(number, network="ndp-proxy", prefix=prefix) for number, prefix in quarters.items()]
    )
    bare.deployment.bring_up()
    one, two = (bare.address_of(number) for number in (1, 2))
    assert (one, two) == ("2001:db8:a:100:8000:1:0:2", "2001:db8:a:100:c000:1:0:2")
    assert hop_limit(bare.host(1), "web-1", two) == 62
    assert eventually(lambda: on_operator_side(["ping", "-c2", "-i0.3", "-W1", one]).returncode == 0)
    assert finds_nothing(bare.deployment)
    assert "2001:db8:a:101" not in bare.host(1).succeed(f"cat {ROUTES}; ip -6 route")


@pytest.mark.matrix
def test_a_replaced_proxy_is_in_force_afterwards(bare: Bare) -> None:
    assert_in_force_once_replaced(bare, "ndp-proxy")


@pytest.mark.matrix
def test_a_compose_project_has_addresses_of_the_links_prefix(bare: Bare) -> None:
    """Nobody but its host answers for them; the project stays until all is destroyed."""
    hosts = bare.deployment.config["hosts"]
    shop = {"name": "shop", "compose": SHOP, "networks": {"default": 2}}
    with bare.deployment.changed(hosts=[{**hosts[0], "apps": [shop]}, hosts[1]]):
        bare.deployment.bring_up()
        bare.deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    host, other = bare.host(1), bare.host(2)
    web, api = "2001:db8:a:100:8000:2:0:2", "2001:db8:a:100:8000:2:0:3"
    told = bare.deployment.outputs()["hosts"]["bare-1"]["apps"]["shop"]
    assert told == {"web": web, "api": api}
    for reach in (other.run, on_operator_side):
        assert eventually(lambda to=reach: to(["ping", "-6", "-c2", "-W1", web]).returncode == 0)
        assert eventually(lambda to=reach: to(["curl", "-sf", "-m5", f"http://[{web}]/"]).returncode == 0)
        assert reach(["curl", "-sf", "-m2", f"http://[{api}]/"]).returncode != 0
    source = f"http://[{web}]/cgi-bin/source"
    assert other.wait_until_succeeds(f"curl -sf -m5 {source}").strip() == bare.link.hosts[1].address
    assert fetch(host, "shop-web-1", "http://[2001:db8:ffff::1]/") == web
    assert fetch(host, "shop-api-1", "http://web/") == host.succeed("docker exec shop-web-1 hostname").strip()
    assert finds_nothing(bare.deployment)


def test_a_prefix_that_is_no_part_of_the_links_is_refused(bare: Bare) -> None:
    bare.deployment.change(hosts=[bare.entry(1, network="ndp-proxy")])
    text = " ".join(bare.deployment.bring_up(check=False).split())
    assert (
        "prefix 2001:db8:a:101::/64 is no part of the link's (eth0 has 2001:db8:a:100::11/64), so neighbours "
        "do not ask for it; take network static-routes, or routed with a route upstream"
    ) in text
    assert eventually(lambda: pings(bare.host(1), "web-1", "2001:db8:ffff::1"))


def test_destroy_gives_the_hosts_back_as_they_were_found(bare: Bare) -> None:
    bare.deployment.pulumi("destroy", "--yes", timeout=300)
    for number in (1, 2):
        assert in_which_it_differs(bare.host(number), SNAPSHOT, AS_FOUND[number]) == []
