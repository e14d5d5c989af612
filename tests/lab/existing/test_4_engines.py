"""The ways for hosts that were there before, on each engine of the lab, by the program."""

from collections.abc import Iterator

import pytest

from tests.lab.existing.bare import Bare, bare_stack
from tests.lab.exposure import table_of
from tests.lab.hosts import ping as hop_limit
from tests.lab.lab_session import Lab

pytestmark = pytest.mark.matrix
ENGINES = {"debian-12-docker": "20.10", "debian-13-docker": "26.1", "debian-14-docker": "28.5"}


@pytest.fixture(scope="module", params=list(ENGINES))
def on_engine(
    request: pytest.FixtureRequest, lab_session: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bare, str]]:
    """A link of hosts with the engine, and its version."""
    lab_session.ensure_up()
    with bare_stack(tmp_path_factory.mktemp("engines"), image=request.param) as bare:
        yield bare, ENGINES[request.param]


def bring(bare: Bare, network: str, prefixes: dict[int, str] | None = None) -> None:
    """All hosts on one way, and what the check says of it."""
    own = prefixes or {number: bare.prefix(number) for number in (1, 2)}
    bare.deployment.change(hosts=[bare.entry(n, network=network, prefix=own[n]) for n in (1, 2)])
    bare.deployment.bring_up()
    assert "probes went as they should" in bare.deployment.outputs()["reachability"]


def test_each_way_reaches_between_hosts_and_opens_what_its_page_says(on_engine: tuple[Bare, str]) -> None:
    bare, engine = on_engine
    for number in (1, 2):
        bare.add_route(number)
    for network in ("default-bridge", "routed"):
        bring(bare, network)
        assert str(bare.deployment.outputs()["hosts"]["bare-1"]["engine"]).startswith(engine)
        assert hop_limit(bare.host(1), "web-1", bare.address_of(2)) == 61  # host, router, host
        given = table_of("networks/given.md", "Exposure")
        assert bare.exposure(given) == given
    for number in (1, 2):
        bare.remove_route(number)
    bring(bare, "static-routes")
    assert hop_limit(bare.host(1), "web-1", bare.address_of(2)) == 62  # host, host
    unrouted = table_of("networks/static-routes.md", "What is open")[:4]
    assert bare.exposure(unrouted, "the internet, no route upstream") == unrouted
    bring(bare, "ndp-proxy", {1: "2001:db8:a:100:8000::/66", 2: "2001:db8:a:100:c000::/66"})
    assert hop_limit(bare.host(1), "web-1", bare.address_of(2)) == 62
    proxied = table_of("networks/ndp-proxy.md", "What is open")
    assert bare.exposure(proxied) == proxied
