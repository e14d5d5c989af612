"""What is said to be different, and what is not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.host.steps import scripts_bundle
from components.verify.difference import Difference
from components.verify.differences import differences
from components.verify.found import FoundAddress, FoundContainer, FoundFile, FoundRoute, FoundRules
from components.verify.wanted import Wanted, wanted_on
from tests.unit.verify.healthy import healthy, host

WAYS = {
    "default-bridge": "2001:db8:0:100::8/126",
    "routed": "2001:db8:0:100:1::/80",
    "nat66": "fd00:1:2:3::/64",
}


def on_host(way: str = "default-bridge", **changes: Any) -> list[Difference]:
    """The differences on a healthy host after these changes of what is found."""
    wanted = wanted_on(host(way, prefix=WAYS[way]))
    return differences(wanted, replace(healthy(wanted), **changes))


def default_wanted() -> Wanted:
    return wanted_on(host())


def file(path: str, **changes: Any) -> Mapping[str, FoundFile | None]:
    """The files of a healthy host, with another one at the path; None in place of content for none."""
    files = dict(healthy(default_wanted()).files)
    there = files[path] or FoundFile(b"", 0o644, "root:root")
    files[path] = None if "content" in changes and changes["content"] is None else replace(there, **changes)
    return files


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("engine", ["20.10.24", "26.1.5", "27.5.1", "28.5.2"])
def test_nothing_is_different_on_a_healthy_host(way: str, engine: str) -> None:
    wanted = wanted_on(host(way, engine, WAYS[way]))
    assert differences(wanted, healthy(wanted)) == []


def test_an_edited_file_shows_the_lines_that_are_not_right() -> None:
    path = "/etc/dualstack/docker"
    assert on_host(files=file(path, content=b"bridge=2001:db8::1/126\n")) == [
        Difference("file", path, ("@@ -1 +1 @@", "-bridge=2001:db8::1/126", "+bridge=2001:db8:0:100::9/126"))
    ]


def test_mode_and_owner_are_part_of_a_file() -> None:
    path = "/etc/netplan/60-dualstack.yaml"
    assert on_host(files=file(path, mode=0o644, owner="debian:debian")) == [
        Difference(
            "file",
            path,
            ("- mode 0644", "- owner debian:debian", "+ mode 0600", "+ owner root:root"),
        )
    ]


def test_a_file_that_is_gone_is_shown_as_it_should_be() -> None:
    path = "/etc/dualstack/docker"
    assert on_host(files=file(path, content=None)) == [
        Difference("file", path, ("- is not there", "@@ -0,0 +1 @@", "+bridge=2001:db8:0:100::9/126"))
    ]


def test_a_missing_newline_at_the_end_is_a_difference() -> None:
    path = "/etc/dualstack/docker"
    (found,) = on_host(files=file(path, content=b"bridge=2001:db8:0:100::9/126"))
    assert found.lines == ("- the last line ends without a newline, or otherwise than the others",)


def test_a_file_that_should_be_away_and_is_there() -> None:
    path = "/etc/netplan/50-cloud-init.yaml"
    assert on_host(files=file(path, content=b"network:\n")) == [
        Difference("file", path, ("- is there, and should not be", "@@ -1 +0,0 @@", "-network:"))
    ]


def test_keys_that_somebody_added_to_daemon_json_are_theirs() -> None:
    path = "/etc/docker/daemon.json"
    right = b'{"log-level": "warn", "ipv6": true, "fixed-cidr-v6": "2001:db8:0:100::8/126"}'
    assert on_host(files=file(path, content=right)) == []
    wrong = b'{"log-level": "warn", "ipv6": false, "fixed-cidr-v6": "2001:db8:0:100::8/126"}'
    (found,) = on_host(files=file(path, content=wrong))
    assert [line for line in found.lines if line[0] in "+-"] == ['-  "ipv6": false,', '+  "ipv6": true,']


def test_a_script_that_was_edited_is_not_shown() -> None:
    path = next(one.path for one in default_wanted().files if one.path.endswith("/places"))
    (found,) = on_host(files=file(path, content=b"exit 0\n"))
    assert (found.subject, found.lines) == (path, ("- the content is another, and is not shown",))


def test_a_second_address_and_a_lease_on_the_interface() -> None:
    own, other = "2001:db8:0:100::1:1/64", "2001:db8:0:100::a/128"
    found = (
        FoundAddress(own, dynamic=True, temporary=False, failed=False),
        FoundAddress(other, dynamic=False, temporary=False, failed=False),
    )
    addresses = {**healthy(default_wanted()).addresses, "ens5": found}
    assert on_host(addresses=addresses) == [
        Difference("address", "ens5", (f"- {own}, leased, not static", f"- {other}", f"+ {own}"))
    ]


def test_another_gateway_and_a_route_beside_ours() -> None:
    routes = healthy(default_wanted()).routes
    added = FoundRoute("2001:db8:9::/64", "fe80::1", "ens5", "unicast", "boot")
    assert on_host(routes=(replace(routes[0], via="fe80::99"), *routes[1:], added)) == [
        Difference(
            "route",
            "default",
            ("- default via fe80::99 dev ens5", "+ default via fe80::1066:30ff:feb8:c008 dev ens5"),
        ),
        Difference("route", "added by somebody", ("- 2001:db8:9::/64 via fe80::1 dev ens5",), "user"),
    ]


def test_forwarding_that_is_off() -> None:
    (found,) = on_host(sysctls={"net.ipv4.ip_forward": "1", "net.ipv6.conf.default.forwarding": "1"})
    assert found.lines == ("- net.ipv6.conf.all.forwarding = ", "+ net.ipv6.conf.all.forwarding = 1")


def test_a_table_that_is_empty_or_gone() -> None:
    assert on_host(tables={"dualstack": FoundRules("a\nb\n", "a\n")})[0].lines == (
        "@@ -1 +1,2 @@",
        " a",
        "+b",
    )
    assert on_host(tables={"dualstack": FoundRules("a\n", None)})[0].lines == (
        "- is not loaded",
        "@@ -0,0 +1 @@",
        "+a",
    )


def test_a_foreign_filter_is_nothing_that_up_puts_right() -> None:
    (found,) = on_host(foreign_filters=("ufw is active, and its forward policy is DROP",))
    assert (found.kind, found.mending) == ("foreign filter", "user")


def test_a_unit_that_is_disabled_or_stopped() -> None:
    units = {**healthy(default_wanted()).units, "dualstack-filter.service": ("inactive", "disabled")}
    assert on_host(units=units) == [
        Difference(
            "unit",
            "dualstack-filter.service",
            ("- is disabled", "- is inactive", "+ is enabled", "+ is active"),
        )
    ]


def test_a_container_that_stopped_or_is_gone_or_was_started_by_hand() -> None:
    web = healthy(default_wanted()).containers["web"]
    (stopped,) = on_host(containers={"web": replace(web, runs=False, status="exited 137")})
    assert stopped.lines == ("- is exited", "+ runs")
    (gone,) = on_host(containers={})
    assert gone.lines[:2] == ("- is not there", "+ runs")
    (foreign,) = on_host(containers={"web": replace(web, ours=False)})
    assert (foreign.lines[0], foreign.mending) == ("- was started by hand", "user")


def test_a_container_without_ipv6_inside() -> None:
    web: FoundContainer = healthy(default_wanted()).containers["web"]
    address, interface = web.networks["bridge"]
    assert interface is not None
    off = replace(interface, disable_ipv6="1", addresses=())
    assert on_host(containers={"web": replace(web, networks={"bridge": (address, off)})})[0].lines == (
        "- not 2001:db8:0:100::a on its interface",
        "- disable_ipv6 is 1 on network bridge",
        "+ 2001:db8:0:100::a on its interface",
        "+ disable_ipv6 is 0 on network bridge",
    )


def test_a_docker_network_with_another_subnet_or_none() -> None:
    wanted = wanted_on(host("routed", prefix=WAYS["routed"]))
    (network,) = wanted.networks
    there = healthy(wanted).networks["containers"]
    assert there is not None
    other = replace(there, ipam=(("2001:db8:7::/96", "2001:db8:7::1", ""),))
    assert on_host("routed", networks={"containers": other})[0].lines == (
        "- subnet 2001:db8:7::/96 gateway 2001:db8:7::1",
        f"+ subnet {network.ipv6} gateway {network.ipv6_gateway}"
        + (f" range {network.ipv6_range}" if network.ipv6_range else ""),
    )
    gone = on_host("routed", networks={}, labelled_networks=("old",))
    assert [(one.subject, one.lines[0]) for one in gone if one.kind == "docker network"] == [
        ("containers", "- is not there"),
        ("no longer declared", "- old"),
    ]


def test_a_container_of_ours_that_is_no_longer_declared_comes_with_the_line_that_takes_it_away() -> None:
    remove = f"sudo /usr/local/lib/dualstack/{scripts_bundle()[1]}/remove container old"
    assert on_host(labelled_containers=("web", "old")) == [
        Difference(
            "container",
            "old",
            ("- is there, and no longer declared", f"  `{remove}` on the host takes it away"),
            "user",
        )
    ]


def test_where_docker_does_not_run_only_that_is_said() -> None:
    units = {**healthy(default_wanted()).units, "docker.service": ("failed", "enabled")}
    assert on_host(docker_runs=False, networks={}, containers={}, units=units) == [
        Difference("unit", "docker.service", ("- is failed", "+ is active"))
    ]


def test_cloud_init_that_would_come_back() -> None:
    (found,) = on_host(hotplug="enabled")
    assert (found.kind, found.lines[-1]) == ("cloud-init", "+ disabled")


def test_a_change_that_waits_for_its_confirmation() -> None:
    (found,) = on_host(pending=("a change of network is pending, and reverts in 73 s",))
    assert (found.lines, found.mending) == (
        ("- a change of network is pending, and reverts in 73 s",),
        "itself",
    )
    (found,) = on_host(pending=("reverting failed",))
    assert found.mending == "user"
