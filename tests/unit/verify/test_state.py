"""The hosts of a stack, from its exported state."""

import json
from typing import Any

import pytest

from components.verify.state import SECRET, HostInState, StateError, hosts_in

STACK = "urn:pulumi:dev::dualstack::pulumi:pulumi:Stack::dualstack-dev"
HOST = "urn:pulumi:dev::dualstack::dualstack:index:DockerHost::host-1"
WEB = "urn:pulumi:dev::dualstack::dualstack:index:DockerHost$dualstack:index:DockerContainer::host-1-web"
CONNECTION = {"host": "2001:db8::1", "port": 22.0, "user": "ubuntu", "hostKey": "ssh-ed25519 AAAA"}


def secret(value: Any) -> dict[str, str]:
    return {SECRET: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def command(name: str, parent: str, line: str, stdin: Any, **connection: Any) -> dict[str, Any]:
    return {
        "urn": f"{parent}$command:remote:Command::{name}",
        "type": "command:remote:Command",
        "parent": parent,
        "inputs": {
            "create": line,
            "stdin": stdin,
            "connection": secret({**CONNECTION, "privateKey": "a key", **connection}),
        },
        "outputs": {"stdout": f"{name} said"},
    }


def export(*commands: dict[str, Any]) -> dict[str, Any]:
    components = [
        {"urn": HOST, "type": "dualstack:index:DockerHost", "parent": STACK},
        {"urn": WEB, "type": "dualstack:index:DockerContainer", "parent": HOST},
    ]
    return {"deployment": {"resources": [*components, *commands]}}


def only(*commands: dict[str, Any]) -> HostInState:
    (host,) = hosts_in(export(*commands))
    return host


def test_a_host_has_its_login_and_its_steps() -> None:
    host = only(
        command("host-1-kernel", HOST, "sudo apply kernel # on i-1, repair a day", "=== /a 0644 root:root\n"),
        command("host-1-web-container", WEB, "sudo apply container web # on i-1", "text"),
    )
    assert (host.name, host.login.address, host.login.port, host.key) == (
        "host-1",
        "2001:db8::1",
        22,
        "a key",
    )
    assert [(one.concern, one.subject, one.output) for one in host.steps] == [
        ("kernel", None, "host-1-kernel said"),
        ("container", "web", "host-1-web-container said"),
    ]
    assert host.repair == "a day"
    assert host.bastion is None


def test_a_bastion_is_part_of_the_connection() -> None:
    proxy = {"host": "2001:db8::b", "port": 2222, "user": "jump", "hostKey": "ssh-ed25519 BBBB"}
    host = only(command("host-1-kernel", HOST, "sudo apply kernel", "", proxy=proxy))
    assert host.bastion is not None
    assert (host.bastion.address, host.bastion.port, host.bastion.user) == ("2001:db8::b", 2222, "jump")


def test_what_a_step_was_given_may_be_a_secret() -> None:
    (step,) = only(command("host-1-docker", HOST, "sudo apply docker", secret("the text"))).steps
    assert (step.text, step.secret) == ("the text", True)


def test_a_host_on_which_no_step_was_run_is_none() -> None:
    assert hosts_in(export()) == ()
    assert hosts_in({}) == ()


def test_locked_secrets_are_an_error() -> None:
    locked = command("host-1-kernel", HOST, "sudo apply kernel", "")
    locked["inputs"]["connection"] = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "abc"}
    with pytest.raises(StateError, match="--show-secrets"):
        hosts_in(export(locked))


def test_the_private_key_and_texts_are_in_no_repr() -> None:
    assert "a key" not in repr(only(command("host-1-docker", HOST, "sudo apply docker", secret("hush"))))
    assert "hush" not in repr(only(command("host-1-docker", HOST, "sudo apply docker", secret("hush"))))
