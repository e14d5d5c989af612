"""A plain shared link: hosts that are not AWS's, and a router that answers for nobody but itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cleanup
from lab.names import CONTAINER_IMAGE, NAMESPACE_PREFIX
from tests.lab.hosts import addresses
from tests.lab.lab_session import Keys, Lab, eventually, lab_command, on_operator_side
from tests.lab.plain_link import PlainLink, plain_link

INTERNET = "2001:db8:ffff::1"


@pytest.fixture(scope="module")
def up(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainLink]:
    lab_session.ensure_up()
    with plain_link("flat", Keys.make(tmp_path_factory.mktemp("keys"))) as link:
        yield link


@pytest.fixture
def link(lab: Lab, up: PlainLink) -> PlainLink:
    return up


def pings(address: str) -> bool:
    """Whether one of three pings from the operator's side is answered."""
    return on_operator_side(["ping", "-c3", "-i0.3", "-W1", "-q", address]).returncode == 0


def ssh(link: PlainLink, number: int, command: str) -> str:
    """Logs in from the operator's side, insisting on the host key that `status` shows."""
    host = link.of(number)
    answer = link.keys.ssh(host.address, command, host.host_key)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_host_takes_logins_with_the_host_key_that_the_lab_tells(link: PlainLink) -> None:
    assert ssh(link, 1, "hostname; sudo id --user --name; id --user --name") == "flat-1\nroot\ndebian\n"
    assert ssh(link, 2, "hostname") == "flat-2\n"


def test_a_host_knows_nothing_of_aws_and_has_what_its_provider_wrote(link: PlainLink) -> None:
    host = link.host(1)
    assert host.succeed("ls /etc/netplan; stat --format=%a /etc/netplan/*") == "01-netcfg.yaml\n600\n"
    assert host.succeed("cloud-init status || true") == "status: disabled\n"
    assert addresses(host, "eth0", family=4) == ["203.0.113.66/28"]
    assert addresses(host, "eth0") == ["2001:db8:a:100::11/64"]
    host.fail("curl -s -m 2 http://169.254.169.254/")
    host.wait_until_succeeds("systemctl is-system-running")


def test_a_host_reaches_the_internet_by_both_families_and_by_name(link: PlainLink) -> None:
    host = link.host(1)
    assert host.wait_until_succeeds("curl -s http://[2001:db8:ffff::1]/") == "2001:db8:a:100::11\n"
    assert host.wait_until_succeeds("curl -s http://203.0.113.1/") == "203.0.113.66\n"
    assert host.wait_until_succeeds("curl -s -6 http://internet.example/") == "2001:db8:a:100::11\n"


def test_hosts_are_neighbours_and_the_router_answers_for_neither(link: PlainLink) -> None:
    host, other = link.host(1), link.of(2)
    host.wait_until_succeeds(f"ping -c1 -W2 {other.address} && ping -c1 -W2 {INTERNET}")
    of_other = host.succeed(f"ip -6 neigh show {other.address}").split()
    assert of_other[of_other.index("lladdr") + 1] == "02:00:0a:01:00:02"
    router = host.succeed("ip -6 neigh show 2001:db8:a:100::1").split()
    assert router[router.index("lladdr") + 1] == "02:00:0a:01:00:ff"


def test_nobody_answers_for_a_container_until_its_host_does(link: PlainLink) -> None:
    """What the ways for a plain link are for: an address of the link's /64 that sits behind a host."""
    host, behind = link.host(1), "2001:db8:a:100:4000::2"
    host.succeed(
        "sysctl -qw net.ipv6.conf.all.forwarding=1 && docker network create --ipv6 "
        "--subnet 2001:db8:a:100:4000::/66 web"
        f" && docker run --detach --network web --ip6 {behind} --name web {CONTAINER_IMAGE}"
    )
    assert not pings(behind)
    host.succeed(f"sysctl -qw net.ipv6.conf.eth0.proxy_ndp=1 && ip -6 neigh add proxy {behind} dev eth0")
    assert eventually(lambda: pings(behind))
    host.succeed("docker rm --force web && docker network rm web")


def test_a_prefix_is_reached_once_the_router_is_told_the_route(link: PlainLink) -> None:
    host, behind = link.host(2), "2001:db8:a:1ff::2"
    host.succeed("ip link add behind type bridge && ip addr add 2001:db8:a:1ff::2/64 dev behind nodad")
    host.succeed("ip link set behind up")
    assert not pings(behind)
    route = ("link", "route", "flat")
    told = lab_command(*route, "add", "2001:db8:a:1ff::/64", link.of(2).address)
    assert (told.returncode, told.stderr) == (0, "")
    assert eventually(lambda: pings(behind))
    assert "  route 2001:db8:a:1ff::/64 via 2001:db8:a:100::12\n" in lab_command("status").stdout
    lab_command(*route, "remove", "2001:db8:a:1ff::/64")
    assert not pings(behind)
    answer = lab_command(*route, "remove", "2001:db8:a:1ff::/64")
    assert (answer.returncode, answer.stderr) == (
        1,
        "lab: the router of link flat was told no route to 2001:db8:a:1ff::/64; it was told: none\n",
    )


def test_the_status_shows_the_link_and_its_hosts(link: PlainLink) -> None:
    lines = lab_command("status").stdout.splitlines()
    assert "link flat: 2001:db8:a:100::/64, router 2001:db8:a:100::1, image debian-13-docker" in lines
    (line,) = [line for line in lines if line.startswith("  flat-1 ")]
    assert line.split() == ["flat-1", "on", link.of(1).address, "203.0.113.66", *link.of(1).host_key.split()]
    assert lab_command("host", "flat-2", "--", "hostname").stdout == "flat-2\n"


def test_a_cut_cable_passes_nothing_and_a_mended_one_everything(link: PlainLink) -> None:
    address = link.of(1).address
    assert eventually(lambda: pings(address))
    assert lab_command("cut", "flat-1").returncode == 0
    assert not pings(address)
    link.host(2).fail(f"ping -c1 -W1 {address}")
    assert lab_command("mend", "flat-1").returncode == 0
    assert eventually(lambda: pings(address))


@pytest.mark.parametrize("verb", ["reboot", "power-cut"])
def test_a_host_boots_again_with_its_disk_and_nothing_else(link: PlainLink, verb: str) -> None:
    host = link.host(2)
    host.succeed("echo kept > /root/kept; ip link add left type bridge; sync")
    boot = host.boot_id()
    assert lab_command(verb, "flat-2").returncode == 0
    host.wait_for_reboot(boot)
    host.wait_for_unit("ssh.service")
    assert ssh(link, 2, "sudo cat /root/kept") == "kept\n"
    host.fail("ip link show left")
    assert eventually(lambda: pings(link.of(2).address))


def test_a_link_that_is_up_is_not_laid_again(link: PlainLink) -> None:
    answer = lab_command("link", "up", "flat")
    assert (answer.returncode, answer.stderr) == (
        1,
        "lab: link flat is up already: `lab link down flat` takes it away\n",
    )
    unknown = lab_command("link", "up", "other", "--image", "none")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("lab: unknown image 'none': known are ")


def test_a_link_goes_with_its_hosts_and_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    with plain_link("gone", Keys.make(tmp_path), hosts=1) as link:
        machine = link.host(1)
        assert f"namespace {NAMESPACE_PREFIX}link-gone" in cleanup.leftovers()
        assert f"namespace {NAMESPACE_PREFIX}host-gone-1" in cleanup.leftovers()
    assert not [left for left in cleanup.leftovers() if "gone" in left]
    assert not machine.state_directory.exists()
