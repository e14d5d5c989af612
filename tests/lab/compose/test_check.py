"""Two hosts with a project and a container each: the check that ends an update tries all of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.machines import Host
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import ami_of
from tests.lab.engines.engine_fleet import UNDECLARED
from tests.lab.hosts import pings
from tests.lab.verifying import finds_nothing

COMPOSE = """\
services:
  web:
    image: lab/web:1
    ports: ["8080:80"]
    restart: unless-stopped
    networks: [front, back]
  api:
    image: lab/web:1
    restart: unless-stopped
    networks: [back]
    deploy: {replicas: 2}
  store:
    image: lab/web:1
    container_name: behind
    restart: unless-stopped
    networks: [inside]
  job: {image: lab/web:1, command: sh -c 'exit 0', networks: [front]}
networks:
  front: {}
  back: {}
  inside: {internal: true, name: kept-inside}
"""
APP: dict[str, Any] = {"name": "shop", "compose": COMPOSE, "networks": {"front": 2, "back": 3, "inside": 4}}
ENGINES = {"debian-14-docker": "28.5.", "debian-13-docker": "26.1."}


def host(number: int) -> dict[str, Any]:
    container = {"name": "own", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}
    ways = {"addresses": "prefix", "network": "routed"}
    return {"name": f"host-{number}", "slot": number, **ways, "containers": [container], "apps": [APP]}


@pytest.fixture(
    scope="module",
    params=["debian-14-docker", pytest.param("debian-13-docker", marks=pytest.mark.matrix)],
)
def deployment(request: pytest.FixtureRequest, deploy: Deploy) -> Iterator[Deployment]:
    """The stack, up: so its check has passed."""
    image: str = request.param
    with deploy(f"check-{image}", ami=ami_of(image), hosts=[host(1), host(2)]) as deployment:
        for one in deployment.outputs()["hosts"].values():
            assert one["engine"].startswith(ENGINES[image])
        yield deployment


@pytest.fixture
def first(deployment: Deployment) -> Host:
    return deployment.host("host-1")


def rows(deployment: Deployment, origin: str) -> dict[str, str]:
    """What the table says of each pair from there, without the padding."""
    table = str(deployment.outputs()["reachability"]).splitlines()
    words = [line.split() for line in table]
    return {one[1]: " ".join(one[2:]) for one in words if len(one) > 2 and one[0] == origin}


def test_services_of_two_hosts_reach_each_other_under_their_own_addresses(deployment: Deployment) -> None:
    said = rows(deployment, "host-1/shop-web-1")
    assert {target: said[target] for target in said if target.startswith("host-2")} == {
        "host-2": "ok - own address",
        "host-2/own": "ok 80 ok own address",
        "host-2/shop-web-1": "ok 80 ok own address",
        "host-2/shop-api-1": "ok - own address",
        "host-2/shop-api-2": "ok - own address",
        "host-2/shop-store-1": "closed - -",
    }


def test_on_their_host_they_meet_on_common_networks_and_nobody_meets_an_internal_one(
    deployment: Deployment,
) -> None:
    web, store = rows(deployment, "host-1/shop-web-1"), rows(deployment, "host-1/shop-store-1")
    assert (web["host-1/shop-api-1"], web["host-1/shop-store-1"]) == ("ok - -", "closed - -")
    assert {said.split()[0] for said in store.values()} == {"closed"}
    assert rows(deployment, "host-1")["host-1/shop-store-1"] == "ok - -"


def test_the_internet_finds_published_ports_open_and_no_other(deployment: Deployment) -> None:
    assert rows(deployment, "outside") == {
        f"host-{number}/{name}": "- 80 ok, 9 closed -" for number in (1, 2) for name in ("own", "shop-web-1")
    }


def test_a_service_that_has_done_its_work_is_not_missed(deployment: Deployment, first: Host) -> None:
    assert first.succeed("docker inspect --format '{{.State.Status}}' shop-job-1") == "exited\n"
    assert "shop-job" not in str(deployment.outputs()["reachability"])


def fetches(host: Host, container: str, address: str, port: int) -> bool:
    url = f"http://[{address}]:{port}/"
    return host.run(["docker", "exec", container, "wget", "-q", "-T", "3", "-O", "-", url]).returncode == 0


def test_between_a_project_and_the_rest_of_its_host_passes_what_the_page_says(
    deployment: Deployment, first: Host
) -> None:
    outputs = deployment.outputs()["hosts"]["host-1"]
    web, own = outputs["apps"]["shop"]["web"], outputs["containers"]["own"]
    ends = (("own", web), ("shop-web-1", own))
    passes = [(pings(first, *one), fetches(first, *one, 80)) for one in ends]
    assert passes == [(True, True), (True, True)]
    first.succeed(f"docker exec --detach shop-web-1 httpd -f -p [::]:{UNDECLARED} -h /www")
    first.wait_until_succeeds(f"curl -sf -m 2 http://[{web}]:{UNDECLARED}/")
    assert not fetches(first, "own", web, UNDECLARED)


def test_an_update_fails_where_a_port_of_a_service_is_not_reached(
    deployment: Deployment, first: Host
) -> None:
    """Another file has the check run again. Nobody listens on the port that it publishes besides."""
    web = deployment.outputs()["hosts"]["host-1"]["apps"]["shop"]["web"]
    first.succeed(
        "nft 'add table inet harm; add chain inet harm pass { type filter hook forward priority 0; };"
        f" add rule inet harm pass ip6 daddr {web} tcp dport 80 drop'"
    )
    other = {**APP, "compose": COMPOSE.replace('["8080:80"]', '["8080:80", "8082:82"]')}
    with deployment.changed(hosts=[{**host(1), "apps": [other]}, host(2)]):
        refused = deployment.pulumi("up", "--yes", "--skip-preview", check=False)
    first.succeed("nft delete table inet harm")
    assert refused.exit_code != 0
    assert (
        "host-2/shop-web-1 -> host-1/shop-web-1, port 80: filter: arrived at host-1, "
        "and a filter there does not pass it to compose-"
    ) in refused.text
    assert "outside -> host-1/shop-web-1, port 80: ENI: no answer from here" in refused.text
    for origin in ("outside", "host-2/own"):
        assert f"{origin} -> host-1/shop-web-1, port 82: listener: nothing listens on port 82" in refused.text
    deployment.bring_up()
    assert finds_nothing(deployment)
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
