"""Where each form of a published port is open: the table in docs/networks/compose.md, line by line."""

import pytest

from components.compose_app import DeclaredApp
from lab.machines import Host
from tests.lab.compose.compose_host import ComposeHost, Machine
from tests.lab.compose.exposure import FORMS as FORMS_OF_PORTS
from tests.lab.compose.exposure import NETWORK, compose_text, measured, table_of
from tests.lab.lab_session import Lab

FORMS: DeclaredApp = {"name": "forms", "compose": compose_text(), "networks": {"default": NETWORK}}


def test_every_form_is_open_where_the_page_says_on_engine_28(
    lab: Lab, newest: ComposeHost, other: Host
) -> None:
    newest.apply(FORMS)
    wanted = table_of("Docker 28.5")
    assert measured(newest, other, wanted) == wanted
    newest.remove("forms")


@pytest.mark.matrix
def test_every_form_is_open_where_the_page_says_on_engine_26(
    lab: Lab, machines: dict[str, Machine], newest: ComposeHost
) -> None:
    server = ComposeHost(machines["debian-13-docker"])
    server.prepare()
    server.apply(FORMS)
    wanted = table_of("Docker 26.1")
    assert measured(server, newest.host, wanted) == wanted
    assert server.host.succeed("sysctl -n net.bridge.bridge-nf-call-ip6tables") == "1\n"
    publishes_nothing = server.address_of(NETWORK, len(FORMS_OF_PORTS))
    server.in_service("form-0", f"wget -q -T 3 -O /dev/null http://[{publishes_nothing}]/", "forms")
    server.remove("forms")


TWO_NETWORKS: DeclaredApp = {
    "name": "two",
    "compose": (
        "services:\n  web: {image: lab/web:1, networks: [beta, alpha], ports: ['8090:80']}\n"
        "networks: {alpha: {}, beta: {}}\n"
    ),
    "networks": {"alpha": 6, "beta": 7},
}


def test_a_service_on_two_networks_has_its_port_open_on_the_first_by_name(
    lab: Lab, newest: ComposeHost, other: Host
) -> None:
    newest.apply(TWO_NETWORKS)
    fetch = {
        name: f"curl -sf -m 3 http://[{newest.address_of(number, 1)}]/"
        for name, number in (("alpha", 6), ("beta", 7))
    }
    other.wait_until_succeeds(fetch["alpha"])
    other.fail(fetch["beta"])
    newest.remove("two")
