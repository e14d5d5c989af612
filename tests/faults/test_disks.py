"""A disk of a host is full."""

from pathlib import Path

import pytest

from components.host.steps import scripts_bundle
from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step
from tests.lab.deployment import Deployment
from tests.lab.hosts import in_container

FULL = "No space left on device"
NETWORK = (
    "ip -6 address show dev ens5 scope global; ip -6 route; nft list table ip6 dualstack | grep -v counter"
)
FILES = "cd /; sha256sum etc/netplan/* etc/dualstack/filter.nft; find etc -name '*.dualstack'"
ARMED = "systemctl list-timers --all --no-legend 'dualstack-*'; ls /var/lib/dualstack | grep pending || true"


@pytest.mark.fault("disk-full")
def test_what_does_not_fit_is_said_and_the_host_goes_on_as_it_was(
    deployment: Deployment, host_1: Host
) -> None:
    files, network = host_1.succeed(FILES), host_1.succeed(NETWORK)
    in_container(host_1, "web-1", "httpd -p [::]:81 -h /www || httpd -p [::]:81 -h /")
    with deployment.changed(gateway="fe80:ec2::1"):
        deployment.change_host(
            "host-1", lambda host: host["containers"][0].update(ports=["80/tcp", "81/tcp"])
        )
        for directory in ("/etc", "/var/lib/dualstack"):
            host_1.fill_disk(directory)
            failed = deployment.pulumi("up", "--yes", "--skip-preview", "--continue-on-error", check=False)
            assert (host_1.succeed(FILES), host_1.succeed(NETWORK)) == (files, network)
            assert host_1.succeed(ARMED) == ""
            host_1.free_disk(directory)
            assert failed.exit_code != 0
            assert FULL in failed.text
            assert "Traceback" not in failed.text
        converges_again(deployment)
        assert "tcp dport 81 accept" in host_1.succeed(NETWORK)
    deployment.bring_up()


@pytest.mark.fault("disk-full")
def test_scripts_that_do_not_fit_are_not_there(deployment: Deployment, host_1: Host, tmp_path: Path) -> None:
    step = Step.of(deployment, "host-1-facts")
    name, before = scripts_bundle()[1], host_1.succeed("ls -A /usr/local/lib/dualstack")
    host_1.fill_disk("/usr/local")
    try:
        login = Login(deployment, "host-1", tmp_path)
        newer = step.text.replace(f"/dualstack/{name}", "/dualstack/000000000000")
        said, code = login.end(step.line, newer)
        assert (code, FULL in said) == (1, True), said
        assert host_1.succeed("ls -A /usr/local/lib/dualstack") == before
    finally:
        host_1.free_disk("/usr/local")
