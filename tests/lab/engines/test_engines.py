"""Every Docker Engine of the lab gives containers the same on every way, each by its own means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.machines import Host
from lab.names import INTERNET_IPV6
from lab.paths import PROJECT_DIR
from tests.lab.address_ways.reach import routed_by_the_vpc
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.engines.engine_fleet import HOSTS, UNDECLARED, EngineHost, bring_up, open_group
from tests.lab.exposure import container_ipv4
from tests.lab.hosts import addresses, fetch, in_container, pings
from tests.lab.lab_session import Lab, eventually, on_operator_side

# The first test waits for one update for each release, of five hosts where all are asked for.
pytestmark = pytest.mark.timeout(1800)
BRIEF = ("bridge-20", "bridge-28", "routed-28")
"""Engine 26.1, the default image's, is what the other tests of the ways run on."""
SHOWN = {
    host: pytest.param(host, id=host.name, marks=() if host.name in BRIEF else pytest.mark.matrix)
    for host in HOSTS
}
OF_BLOCKS = [param for host, param in SHOWN.items() if host.addresses == "block"]


@dataclass(frozen=True)
class Exposure:
    """What the internet reaches of a container when the security group lets everything in."""

    ping: str
    declared: str
    undeclared: str
    on_host: str
    seen_as: str


@pytest.fixture(scope="module")
def engines(
    request: pytest.FixtureRequest, lab_session: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The stack with those hosts that the tests of this run are about."""
    lab_session.ensure_up()
    chosen = hosts_of(request.session.items) or {host for host in HOSTS if host.name in BRIEF}
    with destroyed_in_the_end(Deployment(tmp_path_factory.mktemp("engines"), "engines")) as deployment:
        deployment.change(hosts=[])
        bring_up(deployment, [host for host in HOSTS if host in chosen])
        open_group(deployment, next(iter(chosen)))
        yield deployment


def hosts_of(items: list[pytest.Item]) -> set[EngineHost]:
    """The hosts that tests of a run are about; tests elsewhere have a `shown` of their own."""
    shown = [getattr(item, "callspec", None) and item.callspec.params.get("shown") for item in items]
    return {host for host in shown if isinstance(host, EngineHost)}


@pytest.fixture(params=SHOWN.values())
def shown(request: pytest.FixtureRequest) -> EngineHost:
    return request.param


@pytest.fixture
def host(lab: Lab, engines: Deployment, shown: EngineHost) -> Host:
    return engines.host(shown.name)


@pytest.fixture
def own(host: Host, shown: EngineHost) -> str:
    """The container's own address."""
    return addresses_of(host, shown)[0]


def addresses_of(host: Host, shown: EngineHost) -> list[str]:
    template = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}} {{end}}"
    return host.succeed(f"docker inspect --format '{template}' {shown.container}").split()


def documented(shown: EngineHost) -> Exposure:
    """The row of docs/engines.md."""
    rows = re.findall(r"^\| (.+) \|$", (PROJECT_DIR / "docs/engines.md").read_text(), re.MULTILINE)
    begin = f"{shown.engine} | {shown.addresses} | {shown.network} | "
    (row,) = [row.removeprefix(begin) for row in rows if row.startswith(begin)]
    return Exposure(*row.split(" | "))


def answers(address: str, port: int) -> bool:
    return on_operator_side(["curl", "-6sf", "-m", "3", f"http://[{address}]:{port}/"]).returncode == 0


def reached_in_the_end(own: str, on_host: str, wanted: set[str]) -> set[str]:
    """The columns of the page's table that are open to the internet; what was open once is open."""
    reached: set[str] = set()

    def as_wanted() -> bool:
        ping = on_operator_side(["ping", "-6", "-c", "3", "-W", "1", "-q", own]).returncode == 0
        ports = {"declared": (own, 80), "undeclared": (own, UNDECLARED), "on_host": (on_host, 80)}
        reached.update(["ping"] if ping else [], (name for name, to in ports.items() if answers(*to)))
        return reached == wanted

    eventually(as_wanted)
    return reached


def test_the_host_has_the_engine_it_is_called_after(host: Host, shown: EngineHost) -> None:
    version = host.succeed("docker version --format '{{.Server.Version}}'")
    assert version.startswith(f"{shown.engine}.")


def test_the_container_has_the_address_that_the_plan_says(
    engines: Deployment, host: Host, shown: EngineHost
) -> None:
    planned = engines.outputs()["hosts"][shown.name]["containers"][shown.container]
    assert addresses_of(host, shown) == [planned]


@pytest.mark.parametrize("shown", OF_BLOCKS, indirect=True)
def test_a_block_is_a_126_on_the_bridge_with_the_second_address_for_the_host(
    engines: Deployment, host: Host, shown: EngineHost
) -> None:
    prefix = str(engines.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
    device = "docker0" if shown.network == "default-bridge" else "br-containers"
    assert addresses(host, device) == [f"{prefix}{4 + 4 * shown.slot + 1:x}/126"]
    assert addresses(host, "ens5") == [f"{prefix}{shown.slot:x}:{shown.slot:x}/64"]


def test_the_exposure_is_the_documented_one(host: Host, shown: EngineHost, own: str) -> None:
    (of_host,) = addresses(host, "ens5")
    on_host = of_host.partition("/")[0]
    in_container(host, shown.container, f"wget -q -O /dev/null http://[::1]:{UNDECLARED}/")
    wanted = documented(shown)
    open_ones = {name for name, value in vars(wanted).items() if value == "yes"}
    assert reached_in_the_end(own, on_host, open_ones) == open_ones
    seen = fetch(host, shown.container, f"http://[{INTERNET_IPV6}]/")
    assert {own: "itself", on_host: "its host"}.get(seen, seen) == wanted.seen_as


def over_ipv4(engines: Deployment, host: Host, shown: EngineHost) -> list[str]:
    """What the VPC's router reaches of a host over IPv4, also when it sends straight to its container."""
    interface, inside = engines.interface(shown.name), container_ipv4(host, shown.container)
    for port in (80, UNDECLARED):
        host.wait_until_succeeds(f"curl -sf -m 2 -o /dev/null http://{inside}:{port}/", timeout=60)
    own = interface["PrivateIpAddress"]
    with routed_by_the_vpc(interface, f"{inside}/32") as router:
        tries = {
            f"{name} {port}": (to, port)
            for name, to in (("container", inside), ("host", own))
            for port in (80, UNDECLARED)
        }
        reached = [name for name, (to, port) in tries.items() if router.fetches(to, port)]
        return [*(["container ping"] if router.pings(inside) else []), *reached]


def published_over_ipv4(shown: EngineHost) -> list[str]:
    """Of what `over_ipv4` tries, what is to be reached."""
    if shown.addresses != "private":
        return []
    # From 28.0 on Docker drops what is sent straight to a published port's container (its release notes).
    return ["host 80"] if shown.engine.startswith("28") else ["container 80", "host 80"]


def test_over_ipv4_nothing_is_reached_but_what_is_published(
    engines: Deployment, host: Host, shown: EngineHost
) -> None:
    assert over_ipv4(engines, host, shown) == published_over_ipv4(shown)


def test_containers_of_different_engines_and_ways_reach_each_other(
    engines: Deployment, host: Host, shown: EngineHost, own: str
) -> None:
    there = {entry["name"] for entry in engines.config["hosts"]}
    for other in HOSTS:
        if other.name in there and other != shown and "private" not in (other.addresses, shown.addresses):
            (address,) = addresses_of(engines.host(other.name), other)
            assert eventually(lambda to=address: pings(host, shown.container, to)), other.name
            assert fetch(host, shown.container, f"http://[{address}]/cgi-bin/source") == own


def test_containers_keep_their_addresses_over_a_reboot(
    engines: Deployment, host: Host, shown: EngineHost, own: str
) -> None:
    boot = host.boot_id()
    host.reboot()
    host.wait_for_reboot(boot)
    host.wait_until_succeeds(f"docker exec {shown.container} hostname", timeout=120)
    assert addresses_of(host, shown) == [own]
    seen = fetch(host, shown.container, f"http://[{INTERNET_IPV6}]/")
    assert (seen == own) == (shown.addresses != "private")
    host.succeed(f"docker exec --detach {shown.container} httpd -f -p [::]:{UNDECLARED} -h /www")
    assert over_ipv4(engines, host, shown) == published_over_ipv4(shown)


def test_the_table_is_all_well_and_a_second_up_changes_nothing(lab: Lab, engines: Deployment) -> None:
    table = str(engines.outputs()["reachability"])
    assert "went as they should" in table
    assert "failed" not in table
    engines.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_destroy_leaves_nothing(lab: Lab, engines: Deployment) -> None:
    ids = engines.ids()
    engines.pulumi("destroy", "--yes")
    assert engines.alive(ids) == []
