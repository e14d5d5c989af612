"""A living host goes from one way of giving containers addresses to another and back, by ordinary updates."""

from typing import Any

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.hosts import addresses, boot_again, container_address, pings
from tests.lab.lab_session import eventually
from tests.lab.verifying import finds_nothing

NETWORKS = "docker network ls --format '{{.Name}}'"
OURS = (
    "ls /etc/dualstack /etc/docker /etc/netplan; cat /etc/docker/daemon.json; "
    "nft --stateless list table ip6 dualstack"
)


def to(way: str | None) -> Any:
    def change(host: dict[str, Any]) -> None:
        host.pop("network", None)
        if way is not None:
            host["network"] = way

    return change


def test_to_routed_and_back_leaves_the_addresses_and_nothing_stale(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    as_found = host_1.succeed(OURS)
    deployment.change_host("host-1", to("routed"))
    try:
        preview = deployment.pulumi("preview").text
        assert "docker on host-1 restarts, and with it the containers there" in preview
        assert "container web-1 is made anew and restarts" in preview
        deployment.bring_up()
        assert "containers" in host_1.succeed(NETWORKS).split()
        assert addresses(host_1, "docker0") == []
        assert addresses(host_1, "br-containers") == [f"{prefix}9/126"]
        assert f"{prefix}a" in host_1.succeed("docker inspect web-1")
        assert "fixed-cidr-v6" not in host_1.succeed("cat /etc/docker/daemon.json 2>&1 || true")
        assert "all 20 probes went as they should" in deployment.outputs()["reachability"]
        deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

        boot_again(host_1, Host.reboot)
        host_1.wait_until_succeeds("docker exec web-1 hostname", timeout=120)
        assert addresses(host_1, "br-containers") == [f"{prefix}9/126"]
        assert f"{prefix}a" in host_1.succeed("docker inspect web-1")
        assert eventually(lambda: pings(host_2, "web-2", f"{prefix}a"))
        assert finds_nothing(deployment)
    finally:
        deployment.change_host("host-1", to(None))
        deployment.bring_up()
    assert sorted(host_1.succeed(NETWORKS).split()) == ["bridge", "host", "none"]
    assert addresses(host_1, "docker0") == [f"{prefix}9/126"]
    assert container_address(host_1, "web-1") == f"{prefix}a"
    assert host_1.succeed(OURS) == as_found
    assert "all 20 probes went as they should" in deployment.outputs()["reachability"]
