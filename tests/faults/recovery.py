"""What a converged stack is, and how one becomes converged again: by what the documentation says."""

from dataclasses import dataclass
from typing import Any

from lab.machines import CommandFailed, Host, MachineDown
from tests.lab.deployment import UP_SECONDS, Config, Deployment

ENDED = (
    'test -z "$(find /var/lib/dualstack -name pending -o -name reverting -o -name unsettled -size +0)"'
    " || { echo a step has not ended; exit 1; }"
)
"""On a host: no step was interrupted."""
REACHES = "docker exec {container} ping -6 -c 1 -W 3 {other} >/dev/null"
"""And its container reaches the other host's."""


@dataclass(frozen=True)
class Baseline:
    """A stack with two hosts, and what it was like when it was brought up."""

    deployment: Deployment
    config: Config
    resources: frozenset[str]
    """The URNs."""
    prefix: str
    """The subnet's, without its length."""

    @classmethod
    def of(cls, deployment: Deployment) -> "Baseline":
        """The stack as it is now."""
        resources = frozenset(one["urn"] for one in deployment.resources())
        prefix = str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
        return cls(deployment, deployment.config, resources, prefix)


def differences(baseline: Baseline) -> list[str]:
    """In what a stack is otherwise than when it was brought up. It tries no update, and takes seconds."""
    found: list[str] = []
    if _without_repair(baseline.deployment.config) != _without_repair(baseline.config):
        found.append("its config is changed")
    state = baseline.deployment.state()["deployment"]
    if pending := state.get("pending_operations"):
        found.append(f"{len(pending)} operations are pending")
    resources = [one for one in state.get("resources", []) if not one["type"].startswith("pulumi:")]
    found += _other_resources(baseline.resources, {one["urn"] for one in resources})
    return found or _ailments(resources, baseline.prefix)


def put_right(baseline: Baseline) -> None:
    """Brings a stack back to what it was like, whatever has happened to it."""
    deployment = baseline.deployment
    deployment.config = baseline.config
    for resource in deployment.resources():
        if resource["type"] == "aws:ec2/instance:Instance":
            Host(resource["id"]).mend()
    forget_what_was_killed(deployment)
    run_all_steps(deployment)


def run_all_steps(deployment: Deployment) -> None:
    """Also where the state says that a step is done: one whose update failed, and was then taken back."""
    with deployment.changed(repair="everything"):
        deployment.bring_up()
    deployment.bring_up()


def forget_what_was_killed(deployment: Deployment) -> list[str]:
    """What README says of an update that was killed, up to the next `up`. The names of what was imported."""
    deployment.pulumi("cancel", "--yes", check=False)
    imports = deployment.orphan_imports()
    for arguments in imports:
        deployment.pulumi(*arguments, "--yes")
    deployment.pulumi("refresh", "--yes", "--clear-pending-creates", timeout=UP_SECONDS)
    return [arguments[2] for arguments in imports]


def converges_again(deployment: Deployment) -> None:
    """After the fault: an `up` converges, and a further one has nothing to change."""
    deployment.bring_up()
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def _without_repair(config: Config) -> Config:
    """Another text of `repair` is another wish to run all steps, and no other state of anything."""
    return {key: value for key, value in config.items() if key != "repair"}


def _other_resources(expected: frozenset[str], found: set[str]) -> list[str]:
    names = [f"{urn.rpartition('::')[2]} is missing" for urn in sorted(expected - found)]
    return names + [f"{urn.rpartition('::')[2]} is too many" for urn in sorted(found - expected)]


def _ailments(resources: list[dict[str, Any]], prefix: str) -> list[str]:
    """What is not right on the hosts."""
    instances = {
        one["urn"].rpartition("::")[2].removesuffix("-instance"): Host(one["id"])
        for one in resources
        if one["type"] == "aws:ec2/instance:Instance"
    }
    found: list[str] = []
    for name, container, other in (("host-1", "web-1", f"{prefix}e"), ("host-2", "web-2", f"{prefix}a")):
        try:
            instances[name].succeed(ENDED)
            instances[name].wait_until_succeeds(REACHES.format(container=container, other=other))
        except (CommandFailed, MachineDown) as problem:
            found.append(f"{name}: {problem}")
    return found
