"""A project in the stack's config, on the lab's usual host: what `pulumi` says of a change, and what it does.

(That host has Docker 26.1, where a filter of the project's own stands before its services.)
"""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.machines import Host
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.lab_session import Lab, eventually, on_operator_side
from tests.lab.verifying import finds_nothing, verify

COMPOSE = """\
services:
  web:
    image: lab/web:1
    ports: ["8080:80"]
    restart: unless-stopped
  api:
    image: lab/web:1
    restart: unless-stopped
    environment: {LEVEL: "1"}
    volumes: ["words:/words"]
volumes: {words: }
"""
FILES = "find /etc/dualstack /etc/systemd/system -type f -exec sha256sum {} + | sort"
APP: dict[str, Any] = {"name": "shop", "file": "shop.yaml", "networks": {"default": 2}}


def host_with(*apps: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "host-1", "slot": 1, "addresses": "prefix", "network": "routed", "apps": list(apps)}]


@pytest.fixture(scope="module")
def stack(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A stack of one host with one project, up."""
    lab_session.ensure_up()
    with destroyed_in_the_end(Deployment(tmp_path_factory.mktemp("compose"), "compose")) as deployment:
        (deployment.folder / "shop.yaml").write_text(COMPOSE)
        deployment.change(hosts=host_with(APP))
        deployment.bring_up()
        yield deployment


@pytest.fixture
def host(lab: Lab, stack: Deployment) -> Host:
    return stack.host("host-1")


def started(host: Host) -> dict[str, str]:
    text = host.succeed("docker inspect --format '{{.Name}} {{.State.StartedAt}}' shop-web-1 shop-api-1")
    return dict(line.removeprefix("/shop-").split() for line in text.splitlines())


def connects(address: str) -> bool:
    return on_operator_side(["curl", "-6sf", "-m", "3", f"http://[{address}]/"]).returncode == 0


def test_the_outputs_have_the_address_of_each_service_and_published_ports_are_open(
    stack: Deployment, host: Host
) -> None:
    prefix = str(stack.outputs()["subnetIpv6Cidr"]).removesuffix("::/64")
    addresses = stack.outputs()["hosts"]["host-1"]["apps"]["shop"]
    assert addresses == {"web": f"{prefix}:1:2:0:2", "api": f"{prefix}:1:2:0:3"}
    assert eventually(lambda: connects(addresses["web"]))
    assert not connects(addresses["api"])


def test_a_change_of_one_service_is_a_line_in_the_preview_and_restarts_that_one(
    stack: Deployment, host: Host
) -> None:
    before = started(host)
    (stack.folder / "shop.yaml").write_text(COMPOSE.replace('"1"', '"2"'))
    lines = [line.strip() for line in stack.preview().text.splitlines()]
    assert '- environment: {LEVEL: "1"}' in [" ".join(line.split()) for line in lines]
    assert '+ environment: {LEVEL: "2"}' in [" ".join(line.split()) for line in lines]
    stack.bring_up()
    after = started(host)
    assert (before["web-1"] == after["web-1"], before["api-1"] == after["api-1"]) == (True, False)
    stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_verify_finds_nothing_but_a_service_that_was_killed(stack: Deployment, host: Host) -> None:
    assert finds_nothing(stack)
    host.succeed("docker kill shop-api-1")
    code, shown = verify(stack)
    assert (code, "  compose shop: service api\n    - shop-api-1 is exited 137\n    + runs\n" in shown) == (
        2,
        True,
    ), shown
    host.succeed("docker start shop-api-1")
    assert finds_nothing(stack)


@pytest.mark.fault("replaced-step")
def test_a_project_whose_step_is_replaced_has_its_addresses_and_volumes(
    stack: Deployment, host: Host
) -> None:
    host.succeed("docker exec shop-api-1 sh -c 'echo kept >/words/one'")
    files, before = host.succeed(FILES), started(host)
    assert "host-1-shop-compose replaced" in stack.bring_up("--replace", "**::host-1-shop-compose")
    assert host.succeed(FILES) == files
    after = started(host)
    assert [name for name in before if before[name] == after[name]] == []
    assert host.succeed("docker exec shop-api-1 cat /words/one") == "kept\n"
    assert eventually(lambda: connects(stack.outputs()["hosts"]["host-1"]["apps"]["shop"]["web"]))
    assert finds_nothing(stack)
    stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_mistake_in_the_file_is_said_at_preview(stack: Deployment, host: Host) -> None:
    written = (stack.folder / "shop.yaml").read_text()
    (stack.folder / "shop.yaml").write_text(written.replace("services:", "servces:"))
    refused = stack.pulumi("preview", check=False)
    (stack.folder / "shop.yaml").write_text(written)
    assert refused.exit_code != 0
    assert "host host-1: app shop: shop.yaml: no compose project: it has no `services`" in refused.text


def test_a_project_that_is_taken_out_leaves_nothing_on_its_host(stack: Deployment, host: Host) -> None:
    stack.change(hosts=host_with())
    stack.bring_up()
    assert host.succeed("docker ps --all --quiet") == ""
    networks = host.succeed("docker network ls --format '{{.Name}}' | sort").split()
    assert networks == ["bridge", "containers", "host", "none"]
    assert host.succeed("find /etc/dualstack /etc/systemd -name '*app*' -o -name '*shop*'") == ""
    assert "dualstack_app" not in host.succeed("nft list tables")
