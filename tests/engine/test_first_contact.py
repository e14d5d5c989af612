"""The first contact, and what stays secret, on the real engine; the hosts are answers that a test writes."""

import json
import re
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from components.host_keys import fingerprint
from tests.engine.lab_program import LabProgram
from tests.engine.scripted_host import ScriptedHost, scripted_host
from tests.unit.plugins.ssh_server import silent_listener

KEY, OTHER_KEY = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
LINE, OTHER_LINE = (
    " ".join(key.export_public_key("openssh").decode().split()[:2]) for key in (KEY, OTHER_KEY)
)
SECRET, NEW_SECRET = "a-password-that-nobody-sees", "another-one-that-nobody-sees"
COMPOSE = "services: {db: {image: postgres, environment: {PASSWORD: '${WORD}'}}}"


@pytest.fixture
def program(tmp_path: Path, pulumi_environment: dict[str, str], endpoint: str) -> LabProgram:
    program = LabProgram(tmp_path / "program", pulumi_environment, endpoint)
    return program.change(connect=None, bastion=None, sshWait=10)


def flat(host: ScriptedHost, word: str = SECRET, **existing: Any) -> list[dict[str, Any]]:
    """A host that was there before, with a Compose project that is given a secret."""
    app = {"name": "shop", "compose": COMPOSE, "networks": {"default": 2}, "variables": {"WORD": word}}
    reached = {"address": "localhost", "port": host.port, "hostKey": LINE, **existing}
    entry = {"name": "flat-1", "prefix": "2001:db8:a:101::/64", "network": "routed", "apps": [app]}
    return [{**entry, "existing": {key: value for key, value in reached.items() if value}}]


def up(program: LabProgram, *arguments: str) -> str:
    """An update, without the check, for which there are no containers."""
    text = program.pulumi("up", "--yes", "--skip-preview", *arguments, check=False).text
    print(text)
    return text


def resource(program: LabProgram, name: str) -> dict[str, Any] | None:
    found = [one for one in program.resources() if one["urn"].endswith(f"::{name}")]
    return found[0] if found else None


@pytest.mark.fault("secret-in-a-failing-step")
def test_a_secret_is_in_no_error_no_log_and_no_state(program: LabProgram) -> None:
    login = program.public_key()
    with scripted_host(login, KEY) as host:
        program.change(hosts=flat(host))
        up(program)
        assert host.seen.count("compose") == 1
        host.answers["compose"] = (b"pull access denied for postgres\n", 1)
        program.change(hosts=flat(host, NEW_SECRET))
        text = up(program)
        export = program.pulumi("stack", "export").text
        del host.answers["compose"]
        again = ("up", "--yes", "--skip-preview", "--target", "**::flat-1-shop-compose")
        program.pulumi(*again)
        program.pulumi(*again, "--expect-no-changes")
    assert " apply compose shop" in text
    assert "pull access denied for postgres" in text
    for shown in (text, export, program.pulumi("stack", "export").text):
        for secret in (SECRET, NEW_SECRET, "PRIVATE KEY"):
            assert secret not in shown
    stored = resource(program, "flat-1-shop-compose")
    assert stored is not None
    assert "ciphertext" in json.dumps(stored["inputs"]["stdin"])


def test_a_host_with_another_key_is_not_logged_in_on(program: LabProgram) -> None:
    with scripted_host(program.public_key(), OTHER_KEY) as host:
        text = up(program.change(hosts=flat(host)))
    assert f"shows the host key {fingerprint(OTHER_LINE)}, and {fingerprint(LINE)} is known" in text
    assert host.seen == []


def test_an_accepted_key_is_kept_until_it_is_replaced(program: LabProgram) -> None:
    login = program.public_key()
    with scripted_host(login, KEY) as host:
        program.change(hostKeys="accept-new", hosts=flat(host, hostKey=None))
        up(program)
        assert host.seen.count("compose") == 1
    with scripted_host(login, OTHER_KEY, host.port) as other:
        # Another login, too, is not a first connection again.
        program.change(hosts=flat(host, NEW_SECRET, hostKey=None), sshWait=11)
        text = up(program)
        assert f"shows the host key {fingerprint(OTHER_LINE)}, and {fingerprint(LINE)} is known" in text
        assert other.seen == []
        up(program, "--replace", "**::flat-1-host-key")
        assert other.seen.count("compose") == 1
    learned = resource(program, "flat-1-host-key")
    assert learned is not None
    assert learned["outputs"]["stdout"] == OTHER_LINE


def test_a_silent_host_that_is_taken_out_is_waited_for_within_bounds(program: LabProgram) -> None:
    login = program.public_key()
    with scripted_host(login, KEY) as host:
        up(program.change(hosts=flat(host)))
    with silent_listener(host.port):
        ended = program.pulumi("destroy", "--yes", check=False, timeout=60)
    assert ended.exit_code != 0
    assert "it takes the connection and says nothing" in ended.text
    assert resource(program, "flat-1-shop-compose") is not None
    with scripted_host(login, KEY, host.port) as host:
        program.pulumi("destroy", "--yes")
    assert host.seen == [
        f"remove {step}" for step in ("compose", "docker", "filter", "engine", "kernel", "facts")
    ]
    assert program.resources() == []


@pytest.mark.fault("host-key-learned")
def test_a_console_that_shows_no_key_fails_and_no_key_is_accepted(program: LabProgram) -> None:
    program.change(hostKeys="console", hosts=[{"name": "quiet", "slot": 7}])
    text = up(program)
    assert re.search(r"waiting for the host key on the console, read 1, \d+ s", text)
    assert "quiet: the console output of i-" in text
    assert " shows no ssh-ed25519 host key (" in text
    assert resource(program, "quiet-host-key") is None
    assert resource(program, "quiet-ssh") is None
