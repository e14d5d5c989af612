"""Hosts that were there before, each with a prefix that the upstream router routes to it."""

import pytest

from tests.lab.existing.bare import SNAPSHOT, Bare
from tests.lab.exposure import table_of
from tests.lab.host_steps import in_which_it_differs
from tests.lab.hosts import EACH_WAY_DOWN, Down, addresses, boot_again, container_address, fetch, ping, routes
from tests.lab.verifying import finds_nothing

PAGE = "networks/given.md"

AS_FOUND: dict[int, str] = {}


@pytest.fixture(scope="module", autouse=True)
def found(bare_session: Bare) -> None:
    for number in (1, 2):
        AS_FOUND[number] = bare_session.host(number).succeed(SNAPSHOT)


def test_without_the_route_the_update_is_refused_and_nothing_was_changed(bare: Bare) -> None:
    text = bare.deployment.bring_up(check=False)
    assert (
        "preflight: refused: route-back: no answer comes back to 2001:db8:a:101:0:1:0:2: nobody routes "
        "2001:db8:a:101::/64 to this host; add the route on the upstream router: "
        "2001:db8:a:101::/64 via 2001:db8:a:100::11"
    ) in text
    assert "preflight: nothing was changed" in text
    for number in (1, 2):
        assert in_which_it_differs(bare.host(number), SNAPSHOT, AS_FOUND[number]) == []


def test_with_the_route_it_goes_up_and_nothing_is_of_aws(bare: Bare) -> None:
    bare.add_route(1)
    bare.add_route(2)
    bare.deployment.bring_up()
    types = {one["type"] for one in bare.deployment.resources()}
    assert [one for one in types if one.startswith(("aws:", "pulumi:providers:aws"))] == []
    assert bare.deployment.outputs()["upstreamRoutes"] == {
        "bare-1": "2001:db8:a:101::/64 via 2001:db8:a:100::11",
        "bare-2": "2001:db8:a:102::/64 via 2001:db8:a:100::12",
    }


def test_the_hosts_own_network_is_left_alone(bare: Bare) -> None:
    host = bare.host(1)
    assert host.succeed("ls /etc/netplan") == "01-netcfg.yaml\n"
    assert addresses(host, "eth0") == ["2001:db8:a:100::11/64"]
    assert "default via 2001:db8:a:100::1 dev eth0" in routes(host)


def test_containers_reach_each_other_and_the_internet_with_their_own_addresses(bare: Bare) -> None:
    one, other = (container_address(bare.host(number), f"web-{number}") for number in (1, 2))
    assert (one, other) == ("2001:db8:a:101:0:1:0:2", "2001:db8:a:102:0:1:0:2")
    assert ping(bare.host(1), "web-1", other) == 61  # host, router, host
    assert fetch(bare.host(1), "web-1", f"http://[{other}]/cgi-bin/source") == one
    assert fetch(bare.host(1), "web-1", "http://[2001:db8:ffff::1]/") == one


def test_who_reaches_a_container_is_what_the_page_says(bare: Bare) -> None:
    wanted = table_of(PAGE, "Exposure")
    assert bare.exposure(wanted) == wanted


def test_verify_finds_nothing(bare: Bare) -> None:
    assert finds_nothing(bare.deployment)


def test_a_second_update_changes_nothing(bare: Bare) -> None:
    bare.deployment.bring_up("--expect-no-changes")


def test_a_route_that_is_gone_is_named_by_the_check(bare: Bare) -> None:
    bare.remove_route(2)
    again = ("--target-replace", "**::reachability-check")
    text = bare.deployment.bring_up(*again, check=False)
    bare.add_route(2)
    assert (
        "route: left bare-1 and never arrived at bare-2: nobody routes 2001:db8:a:102::/64 to the host; add "
        "the route on the upstream router: 2001:db8:a:102::/64 via 2001:db8:a:100::12"
    ) in " ".join(text.split())
    bare.deployment.bring_up()


@EACH_WAY_DOWN
def test_everything_is_back_after_a_reboot(bare: Bare, down: Down) -> None:
    host = bare.host(1)
    boot_again(host, down)
    address = "2001:db8:a:101:0:1:0:2"
    host.wait_until_succeeds("docker exec web-1 ping -6 -c1 -W1 2001:db8:ffff::1")
    assert container_address(host, "web-1") == address
    wanted = table_of(PAGE, "Exposure")
    assert bare.exposure(wanted) == wanted


@EACH_WAY_DOWN
def test_so_it_is_on_a_network_of_its_own(bare: Bare, down: Down) -> None:
    bare.deployment.change(hosts=[bare.entry(number, network="routed") for number in (1, 2)])
    bare.deployment.bring_up()
    host = bare.host(1)
    boot_again(host, down)
    host.wait_until_succeeds("docker exec web-1 ping -6 -c1 -W1 2001:db8:ffff::1")
    assert addresses(host, "br-containers") == ["2001:db8:a:101:0:1:0:1/96"]
    assert bare.address_of(1) == "2001:db8:a:101:0:1:0:2"
    wanted = table_of(PAGE, "Exposure")
    assert bare.exposure(wanted) == wanted


def test_destroy_gives_the_hosts_back_as_they_were_found(bare: Bare) -> None:
    bare.deployment.pulumi("destroy", "--yes", timeout=300)
    for number in (1, 2):
        assert in_which_it_differs(bare.host(number), SNAPSHOT, AS_FOUND[number]) == []
