"""The end of a sequence: what a user does for the stack to be right again, and whether it is."""

import json
import re
import time

from tests.faults.random_sequences.harm import MARK
from tests.faults.recovery import Baseline, differences
from tests.lab.deployment import UP_SECONDS, Deployment
from tests.lab.verifying import verify

CHECK_AGAIN = ("up", "--yes", "--skip-preview", "--target-replace", "**::reachability-check")
BOOT_SECONDS = 240
SETTLE_SECONDS = 60
"""For a container that was ended to be started again, where nothing else is to be found."""
EXCUSED_SECONDS = 30
"""For an unconfirmed change to be reverted."""


def converge(baseline: Baseline, excuse: str | None) -> None:
    """Brings the stack up as the README says, and looks whether all is right. Raises AssertionError.

    `excuse`: what may have left a host otherwise than the state says. Only then may the first `up` fail, or
    `verify` find something; else a plain `up` must do.
    """
    deployment = baseline.deployment
    deployment.config = baseline.config
    up = deployment.pulumi("up", "--yes", "--skip-preview", check=False, timeout=UP_SECONDS)
    assert up.exit_code == 0 or excuse, f"no plain `up` converges:\n{up.text}"
    code, found = _verified(deployment, EXCUSED_SECONDS if excuse else SETTLE_SECONDS)
    assert code == 0 or excuse, f"verify finds what nothing explains:\n{found}"
    if code != 0 or up.exit_code != 0:
        repair = _repair(found)
        print("       once more:", *repair, flush=True)
        deployment.bring_up(*repair)
        deployment.config = baseline.config
        deployment.bring_up()
        _take_away(deployment)
        code, found = _verified(deployment, SETTLE_SECONDS)
    assert code == 0, f"verify finds something after the repair:\n{found}"
    _stays(baseline)


def _stays(baseline: Baseline) -> None:
    """Nothing is left to change or to find, in AWS, on the hosts and between the containers."""
    deployment = baseline.deployment
    deployment.pulumi("refresh", "--yes", "--expect-no-changes", timeout=UP_SECONDS)
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    deployment.pulumi(*CHECK_AGAIN)
    said = str(deployment.outputs()["reachability"])
    assert "probes went as they should" in said, said
    assert differences(baseline) == []
    assert deployment.orphan_imports() == []
    for name in ("host-1", "host-2"):
        assert deployment.host(name).run(["grep", "-r", MARK, "/etc"]).stdout == ""


def _take_away(deployment: Deployment) -> None:
    """Containers that a killed update started, and nothing declares any more, by the line in `verify`."""
    for host in json.loads(verify(deployment, "--json")[1])["hosts"]:
        for difference in host["differences"]:
            for command in re.findall("`(sudo .* container .*)`", "".join(difference["lines"])):
                print(f"       on {host['name']}: {command}", flush=True)
                deployment.host(host["name"]).succeed(command)


def _repair(found: str) -> list[str]:
    """What the last line of `verify` gives to `pulumi up`: nothing where it has no such line."""
    words = found.splitlines()[-1].split()
    return words[2:] if words[:3] == ["pulumi", "up", "-c"] else []


def wait_for_hosts(deployment: Deployment) -> None:
    """Until hosts that were just started run their containers. Raises CommandFailed for one that does not."""
    units = "ssh.service docker.service $(ls /etc/dualstack/containers | sed 's/.*/dualstack-container@&/')"
    for name in ("host-1", "host-2", "host-3"):
        for host in deployment.instances(name):
            host.wait_until_succeeds(f"systemctl is-active {units}", BOOT_SECONDS)


def _verified(deployment: Deployment, seconds: float) -> tuple[int, str]:
    """What `verify` says, once hosts are up, and what mends itself had time to."""
    wait_for_hosts(deployment)
    end = time.monotonic() + seconds
    while True:
        code, found = verify(deployment)
        if code == 0 or time.monotonic() > end:
            return code, found
        time.sleep(3)
