"""What stands against changing a host is named before anything is changed, on a real host."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from components.container_networks.plan import NetworkWishes
from components.containers import Container
from components.host.preflight import preflight_text
from components.host.steps import command_line, scripts_bundle
from lab.machines import Host
from lab.names import CONTAINER_IMAGE
from tests.lab.existing.bare import SNAPSHOT, Bare
from tests.lab.host_steps import in_which_it_differs

INTERNET = "2001:db8:ffff::1"
PREFIX = "2001:db8:a:102::/64"
DROP_IN = "/etc/systemd/system/docker.service.d/flags.conf"


@pytest.fixture
def host(bare: Bare) -> Iterator[Host]:
    """The second host, as its provider handed it over, with a route to its prefix."""
    bare.add_route(2)
    host = bare.host(2)
    host.wait_for_unit("docker.service")
    yield host
    bare.remove_route(2)


def look(host: Host, prefix: str = PREFIX, way: str = "default-bridge", *accept: str) -> str:
    """What the first step says on standard error; after it the host is as it was before."""
    before = host.succeed(SNAPSHOT)
    wishes = preflight_text(
        prefix,
        wishes=NetworkWishes(way, containers=(Container("web", CONTAINER_IMAGE, place=1),)),
        interface=None,
        internet_targets=(INTERNET,),
        accept=accept,
    )
    done = host.run(["sh", "-c", command_line("facts", scripts_bundle()[1])], text=scripts_bundle(wishes)[0])
    refused = "preflight: refused: " in done.stderr
    assert done.returncode == (1 if refused else 0), done.stderr
    if refused:
        assert in_which_it_differs(host, SNAPSHOT, before) == []
    else:
        assert json.loads(done.stdout)["addresses"] == ["2001:db8:a:100::12/64"]
        host.succeed("rm -r /usr/local/lib/dualstack /var/lib/dualstack")
    return done.stderr


@contextmanager
def dockerd_with(host: Host, flags: str) -> Iterator[None]:
    text = f"[Service]\\nExecStart=\\nExecStart=/usr/sbin/dockerd -H fd:// {flags}\\n"
    host.succeed(
        f"mkdir -p {DROP_IN.rpartition('/')[0]} && printf '{text}' >{DROP_IN} && systemctl daemon-reload"
    )
    try:
        yield
    finally:
        host.succeed(f"rm {DROP_IN} && systemctl daemon-reload")


@contextmanager
def engine_that_says(host: Host, version: str) -> Iterator[None]:
    """A stand-in for dockerd that is of this version."""
    stand_in = "/usr/local/sbin/dockerd"
    host.succeed(f"printf '#!/bin/sh\\necho Docker version {version}\\n' >{stand_in} && chmod +x {stand_in}")
    try:
        yield
    finally:
        host.succeed(f"rm {stand_in}")


def write_daemon_json(host: Host, text: str) -> None:
    host.succeed(f"mkdir -p /etc/docker && echo '{text}' >/etc/docker/daemon.json")


def test_nothing_is_said_of_a_host_as_a_provider_hands_it_over(host: Host) -> None:
    assert look(host) == ""


def test_a_flag_of_dockerd_is_found_in_its_drop_in(host: Host) -> None:
    with dockerd_with(host, "--ipv6 --fixed-cidr-v6=fd00::/80"):
        assert look(host) == (
            f"preflight: refused: dockerd-flags: --fixed-cidr-v6=fd00::/80 in {DROP_IN} stands against "
            '"fixed-cidr-v6": "2001:db8:a:102:0:1::/96" in daemon.json, and dockerd takes only one; take it '
            "out\n"
            f'preflight: refused: dockerd-flags: --ipv6 in {DROP_IN} stands against "ipv6": true in '
            "daemon.json, and dockerd takes only one; take it out\n"
            "preflight: nothing was changed\n"
        )


def test_a_flag_is_found_in_the_file_that_the_unit_reads_its_options_from(host: Host) -> None:
    host.succeed("cp -a /etc/default/docker /root/; echo 'DOCKER_OPTS=\"--ipv6\"' >>/etc/default/docker")
    said = look(host)
    host.succeed("mv /root/docker /etc/default/docker")
    assert "preflight: refused: dockerd-flags: --ipv6 in /usr/lib/systemd/system/docker.service " in said


def test_clashes_in_daemon_json_are_found_before_anything_is_changed(host: Host) -> None:
    host.succeed(
        'mkdir -p /etc/docker; echo \'{"ipv6": false, "bip6": "fd00::1/64"}\' >/etc/docker/daemon.json'
    )
    said = look(host)
    host.succeed("rm /etc/docker/daemon.json")
    assert said == (
        "preflight: refused: daemon-json: /etc/docker/daemon.json: ipv6 is false, and must be true; take it "
        "out\n"
        'preflight: refused: daemon-json: /etc/docker/daemon.json: bip6 is "fd00::1/64": docker0\'s address '
        "is the block's second; take it out\n"
        "preflight: nothing was changed\n"
    )


def test_running_containers_are_named_and_with_live_restore_refused(host: Host) -> None:
    host.succeed(f"docker run --detach --name theirs {CONTAINER_IMAGE}")
    # With the first container docker0 gets one of its own.
    host.wait_until_succeeds("ip -6 address show dev docker0 scope link -tentative | grep fe80")
    write_daemon_json(host, '{"live-restore": true}')
    said = look(host)
    host.succeed("rm /etc/docker/daemon.json; docker rm --force theirs")
    assert said == (
        "preflight: warning: containers: theirs run already, and stop and start again when docker is "
        "restarted\n"
        "preflight: refused: live-restore: live-restore is on, and theirs would run on without the network "
        "that they have now; stop them, or turn live-restore off\n"
        "preflight: nothing was changed\n"
    )


def test_a_route_that_the_kernel_learned_would_go_with_forwarding(host: Host) -> None:
    change = "ip -6 route change default via 2001:db8:a:100::1 dev eth0 proto"
    host.succeed(f"{change} ra; sysctl -qw net.ipv6.conf.eth0.accept_ra=1")
    said = look(host)
    host.succeed(f"{change} static; sysctl -qw net.ipv6.conf.eth0.accept_ra=0")
    assert said.startswith(
        "preflight: refused: default-route: the kernel learns the default route of eth0 from router "
        "advertisements, and drops it when forwarding is turned on"
    )


def test_a_host_without_ipv6_is_told_all_that_it_lacks(host: Host) -> None:
    host.succeed("ip -6 route delete default && ip -6 address delete 2001:db8:a:100::12/64 dev eth0")
    said = look(host)
    host.succeed("netplan apply")
    host.wait_until_succeeds("ip -6 route show default | grep static")
    host.wait_until_succeeds("ip -6 address show dev eth0 -tentative | grep 2001:db8:a:100::12/64")
    assert said == (
        "preflight: refused: address: eth0 has no global IPv6 address; give it a static one first\n"
        "preflight: refused: default-route: there is no IPv6 default route; the host must reach the internet "
        "over IPv6 first\n"
        "preflight: nothing was changed\n"
    )


def test_a_gateway_that_is_silent_is_named(bare: Bare, host: Host) -> None:
    bare.remove_route(2)
    host.cut()
    said = look(host)
    host.mend()
    host.wait_until_succeeds("ping -c1 -W1 2001:db8:a:100::1")
    bare.add_route(2)
    assert "preflight: refused: ping: the gateway 2001:db8:a:100::1 does not answer" in said


def test_a_prefix_on_the_link_is_refused_and_one_without_a_route_too(host: Host) -> None:
    assert "in 2001:db8:a:100::/64, which is on the link of eth0" in look(host, "2001:db8:a:100:4000::/66")
    said = look(host, "2001:db8:a:1ff::/64")
    assert "refused: route-back: no answer comes back to 2001:db8:a:1ff:0:1:0:2: nobody routes" in said
    accepted = look(host, "2001:db8:a:1ff::/64", "default-bridge", "route-back")
    assert accepted.startswith("preflight: warning: route-back: no answer comes back to ")
    assert accepted.endswith(" (accepted)\n")


def test_what_the_engine_cannot_do_is_said_before_anything_is_changed(host: Host) -> None:
    """The lab's machine has Docker 26; a stand-in in its place says that it is older."""
    with engine_that_says(host, "19.03.15, build 99e3ed8"):
        said = look(host)
    assert said.startswith("preflight: refused: engine: docker engine 19.03.15 is older than 20.10")


def test_what_the_engine_cannot_do_of_its_own_configuration_is_said_too(host: Host) -> None:
    """A stand-in says that the engine is a later one, which cannot do what this one can."""
    with engine_that_says(host, "28.5.2, build ecc6942"):
        write_daemon_json(host, '{"ip-masq": false}')
        of_file = look(host)
        host.succeed("rm /etc/docker/daemon.json")
        with dockerd_with(host, "--ip-masq=false"):
            of_flag = look(host)
    why = "from docker engine 28.2 on containers on docker0 get no answers then; take it out"
    assert f"refused: daemon-json: /etc/docker/daemon.json: ip-masq is false: {why}" in of_file
    assert f"refused: dockerd-flags: --ip-masq=false in {DROP_IN}: {why}" in of_flag


def test_networks_with_ipv6_that_docker_would_leave_alone_are_refused_unless_accepted(host: Host) -> None:
    host.succeed("docker network create --ipv6 --subnet fd00:1::/64 theirs; docker network create four")
    with engine_that_says(host, "28.5.2, build ecc6942"):
        refused, accepted = look(host), look(host, PREFIX, "default-bridge", "networks")
    host.succeed("docker network rm theirs four")
    said = (
        'networks: network default-bridge sets "ip6tables": false for all of docker 28.5.2, and the networks '
    )
    assert refused.startswith(f"preflight: refused: {said}theirs, which ")
    assert accepted.startswith(f"preflight: warning: {said}theirs, which ")


def test_a_host_whose_netplan_is_gone_is_warned_or_refused_as_the_way_needs_it(host: Host) -> None:
    status = "/var/lib/dpkg/status"
    host.succeed(f"cp -a {status} /root/; sed -i 's/^Package: netplan.io$/Package: gone/' {status}")
    warned, refused = look(host), look(host, PREFIX, "static-routes")
    host.succeed("mv /root/status /var/lib/dpkg/status")
    assert warned.startswith(
        "preflight: warning: netplan: netplan is not installed; nothing is needed from it"
    )
    assert (
        "preflight: refused: netplan: netplan is not installed, and network static-routes writes" in refused
    )


def test_forwarding_of_ipv4_that_docker_did_not_turn_on_is_warned_about(host: Host) -> None:
    host.succeed("iptables -P FORWARD ACCEPT")
    said = look(host)
    host.succeed("iptables -P FORWARD DROP")
    assert said.startswith(
        "preflight: warning: ipv4-forwarding: IPv4 forwarding was not turned on by docker, so over IPv4 "
        "every port of every container is open "
    )


def test_a_firewall_that_forwards_nothing_is_refused_unless_it_is_accepted(host: Host) -> None:
    """Stand-ins for ufw's command and firewalld's unit say that they are active."""
    host.succeed(
        "printf '#!/bin/sh\\necho Status: active\\n' >/usr/local/sbin/ufw && chmod +x /usr/local/sbin/ufw"
        " && echo 'DEFAULT_FORWARD_POLICY=\"DROP\"' >/etc/default/ufw"
        " && systemd-run --quiet --unit=firewalld.service sleep 600"
    )
    refused, accepted = look(host), look(host, PREFIX, "default-bridge", "firewall")
    host.succeed("sed -i s/DROP/ACCEPT/ /etc/default/ufw; systemctl stop firewalld.service")
    warned = look(host)
    host.succeed("rm /usr/local/sbin/ufw /etc/default/ufw")
    assert [line.split(", and")[0] for line in refused.splitlines()] == [
        "preflight: refused: firewall: ufw is active",
        "preflight: refused: firewall: firewalld is active",
        "preflight: nothing was changed",
    ]
    assert accepted.count("preflight: warning: firewall: ") == 2
    assert warned == (
        "preflight: warning: firewall: ufw is active: its own rules may close what is declared open\n"
    )
