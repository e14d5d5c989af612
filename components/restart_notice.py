"""Says, in a preview already, what a change restarts on a living host."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

Inputs = Mapping[str, Any]
Notice = Callable[[str, str], str | None]


def notices_docker(host: str, step: str) -> pulumi.ResourceHookBinding | None:
    """A hook for the docker step of `host`, run before it is updated, in previews too. None under the SDK's
    mocks, which cannot register hooks.
    """
    return _before_update(step, partial(docker_notice, host))


def notices_container(container: str, step: str) -> pulumi.ResourceHookBinding | None:
    """The same for the step of a container."""
    return _before_update(step, partial(container_notice, container))


def docker_notice(host: str, old: str, new: str) -> str | None:
    """What becomes of the containers when the wanted text of the docker step changes so."""
    if _file(old, "/etc/docker/daemon.json") != _file(new, "/etc/docker/daemon.json") or _file(
        old, "/etc/dualstack/docker"
    ) != _file(new, "/etc/dualstack/docker"):
        return f"docker on {host} restarts, and with it the containers there"
    return None


def container_notice(container: str, old: str, new: str) -> str | None:
    """What becomes of a container when the wanted text of its step changes so."""
    if _lasting(old) != _lasting(new):
        return f"container {container} is made anew and restarts"
    if _addresses(old) != _addresses(new):
        return f"container {container} changes its networks while it runs, and its connections break"
    return None


def _before_update(step: str, notice: Notice) -> pulumi.ResourceHookBinding | None:
    if isinstance(get_monitor(), MockMonitor):
        return None

    def compare(args: pulumi.ResourceHookArgs) -> None:
        old, new = _wanted(args.old_inputs), _wanted(args.new_inputs)
        text = notice(old, new) if old and new else None
        if text is not None:
            pulumi.log.warn(text)

    hook = pulumi.ResourceHook(f"{step}-restarts", compare, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def _wanted(inputs: Inputs | None) -> str | None:
    """A step's standard input; None where a preview does not know it yet."""
    text = (inputs or {}).get("stdin")
    return text if isinstance(text, str) and text.startswith("=== ") else None


def _file(text: str, path: str) -> str | None:
    for part in re.split(r"^=== ", text, flags=re.MULTILINE):
        if part.startswith(f"{path} "):
            return part
    return None


def _lasting(text: str) -> list[str]:
    """The lines that only a new container can have, as in the host's `container` script."""
    if "\nnetwork=bridge " in text:
        return text.splitlines()
    return [line for line in text.splitlines() if not line.startswith(("network=", "place="))]


def _addresses(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("network=")]
