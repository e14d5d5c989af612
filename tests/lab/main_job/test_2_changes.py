"""What a preview says, and that `up` does that and nothing else."""

import re
from typing import Any

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.hosts import container_address, fetch, in_container, logins, pings
from tests.lab.lab_session import eventually


def changed_resources(text: str) -> dict[str, str]:
    """The sign of every resource that a preview or an update does not leave alone, by name."""
    found = re.findall(r"^\s+(\+-|\+\+|--|[+~-])\s+([a-z]+:\w+:\w+) (\S+) ", text, re.MULTILINE)
    return {name: sign for sign, _, name in found if not name.startswith("dualstack-main-job")}


def changed_lines(text: str) -> list[str]:
    """The lines that a `preview --diff` adds, takes away or changes inside of values."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [
        line
        for line in lines
        if re.match(r"[+~-] \S", line)
        and not line.endswith(("{", "["))
        and not re.search(r"\((create|update)\)|to ", line)
        and line != "~ stdin:"
        and "[secret]" not in line  # the digest of what is declared for a host, which has it met again
    ]


def test_a_second_up_changes_nothing_and_opens_no_connection(
    deployment: Deployment, host_1: Host, host_2: Host
) -> None:
    before = logins(host_1), logins(host_2)
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert (logins(host_1), logins(host_2)) == before


def test_a_refresh_finds_nothing_changed(deployment: Deployment) -> None:
    deployment.pulumi("refresh", "--yes", "--expect-no-changes")


def test_a_new_port_shows_its_line_in_the_hosts_filter_and_what_follows_from_it(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    def open_8080(host: dict[str, Any]) -> None:
        host["containers"][0]["ports"] = ["80/tcp", "8080/tcp"]

    def close_8080(host: dict[str, Any]) -> None:
        host["containers"][0]["ports"] = ["80/tcp"]

    deployment.change_host("host-1", open_8080)
    try:
        assert changed_resources(deployment.pulumi("preview").text) == {
            "dualstack-tcp-8080": "+",
            "host-1-ssh": "~",
            "host-1-filter": "~",
            "reachability-check": "~",
        }
        assert changed_lines(deployment.preview().text) == [
            f"+ ip6 daddr {prefix}a tcp dport 8080 accept # web-1",
            '+ [1]: "8080/tcp"',
        ]
    finally:
        deployment.change_host("host-1", close_8080)
    assert changed_resources(deployment.pulumi("preview").text) == {}


def test_another_gateway_shows_its_line_in_each_hosts_network_and_in_the_outputs(
    deployment: Deployment,
) -> None:
    now = deployment.outputs()["hosts"]["host-1"]["gateway"]
    deployment.change(gateway="fe80:ec2::2")
    try:
        assert changed_resources(deployment.pulumi("preview").text) == {
            "host-1-ssh": "~",
            "host-1-network": "~",
            "host-2-ssh": "~",
            "host-2-network": "~",
            "reachability-check": "~",
        }
        lines = changed_lines(deployment.preview().text)
    finally:
        deployment.change(gateway=None)
    assert lines.count(f"- via: {now}") == 2
    assert lines.count("+ via: fe80:ec2::2") == 2
    assert lines.count(f'~ gateway : "{now}" => "fe80:ec2::2"') == 4  # two in the check, two in the outputs


def test_a_host_is_added_and_taken_away_without_touching_the_others(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    boot = host_1.boot_id()
    with deployment.third_host():
        changed = changed_resources(deployment.pulumi("preview").text)
        assert {name: sign for name, sign in changed.items() if not name.startswith("host-3")} == {
            "reachability-check": "~"
        }
        deployment.bring_up()
        assert fetch(host_1, "web-1", f"http://[{prefix}12]/cgi-bin/source") == f"{prefix}a"
        third = [deployment.interface("host-3")["NetworkInterfaceId"], deployment.host("host-3").instance_id]
        assert deployment.alive(third) == sorted(third)
    deployment.bring_up()
    assert deployment.alive(third) == []
    assert host_1.boot_id() == boot


def test_a_changed_container_is_made_anew_and_keeps_its_address(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    before = in_container(host_1, "web-1", "hostname")
    other = in_container(host_2, "web-2", "hostname")
    host_1.succeed("docker tag lab/web:1 lab/web:2")

    def image(tag: str) -> None:
        deployment.change_host("host-1", lambda host: host["containers"][0].update(image=f"lab/web:{tag}"))
        deployment.bring_up()

    image("2")
    try:
        assert in_container(host_1, "web-1", "hostname") != before
        assert in_container(host_2, "web-2", "hostname") == other
        assert container_address(host_1, "web-1") == f"{prefix}a"
        assert eventually(lambda: pings(host_2, "web-2", f"{prefix}a"))
    finally:
        image("1")
