"""`make demo` on hosts that Pulumi did not make: one way, the next, and the way back."""

from collections.abc import Iterator

import pytest

from lab import demo_link, operator_side
from tests.lab.lab_session import Lab, lab_command

pytestmark = pytest.mark.matrix
DESTROY = ["pulumi", "destroy", "--yes", "--skip-preview", "--stack", "lab"]


@pytest.fixture(scope="module", autouse=True)
def _leave_nothing(lab_session: Lab) -> Iterator[None]:
    lab_session.ensure_up()
    yield
    assert operator_side.run(DESTROY) == 0
    demo_link.take_away()


@pytest.mark.parametrize(
    ("network", "address", "probes"),
    [
        ("static-routes", "2001:db8:a:102:0:1:0:2", 12),
        ("ndp-proxy", "2001:db8:a:100:8000:1:0:2", 20),
        ("routed", "2001:db8:a:102:0:1:0:2", 20),
    ],
)
def test_containers_on_hosts_elsewhere_reach_each_other(
    lab: Lab, network: str, address: str, probes: int
) -> None:
    shown = lab_command("demo", "--addresses", "given", "--network", network, timeout=300)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert f"demo-2/web-2  {address}\n" in shown.stdout
    assert f"all {probes} probes went as they should\n" in shown.stdout


def test_a_way_that_the_program_refuses_leaves_what_is_shown(lab: Lab) -> None:
    refused = lab_command("demo", "--addresses", "prefix", "--network", "ndp-proxy", timeout=120)
    assert refused.returncode == 1
    assert (
        "    error: 2 errors in the config:\n"
        "      host host-1: network ndp-proxy does not go with addresses prefix; take network default-bridge "
        "or routed, or addresses given\n"
    ) in refused.stdout
    assert refused.stdout.endswith("lab: the program refuses this, as it says above; all is as it was\n")
    refused = lab_command("demo", "--addresses", "given", "--network", "nat66", timeout=120)
    assert refused.returncode == 1
    assert (
        "      host demo-1: network nat66 does not go with addresses given; take network " in refused.stdout
    )


def test_the_check_is_of_what_is_shown(lab: Lab) -> None:
    again = lab_command("check", timeout=120)
    assert again.returncode == 0, again.stderr
    assert "demo-1/web-1  demo-2/web-2 " in again.stdout
    assert "+-1 replaced\n    20 unchanged\n" in again.stdout


def test_the_usual_way_takes_the_hosts_place_and_the_link_goes(lab: Lab) -> None:
    shown = lab_command("demo", timeout=300)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "host-2/web-2  2001:db8:0:" in shown.stdout
    assert demo_link.find() is None


def test_a_way_whose_ports_are_the_host_s_is_shown_with_ports_of_the_host(lab: Lab) -> None:
    shown = lab_command("demo", "--addresses", "private", "--network", "nat66", timeout=300)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "probes went as they should\n" in shown.stdout
