"""Pulumi.yaml and the stack files say what the program reads."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config.parse import parse
from components.config.pulumi_config import JSON_KEYS, TEXT_KEYS
from components.config.types import ConfigErrors
from components.host_keys import derive_host_key

PROJECT = Path(__file__).resolve().parents[2]
JSON_TYPES = {"array", "boolean", "integer", "object"}


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / name).read_text())


SCHEMA: dict[str, dict[str, Any]] = read("Pulumi.yaml")["config"]


def test_the_schema_lists_exactly_the_keys_that_are_read() -> None:
    assert {key for key, entry in SCHEMA.items() if entry["type"] == "string"} == TEXT_KEYS
    assert {key for key, entry in SCHEMA.items() if entry["type"] in JSON_TYPES} == JSON_KEYS
    assert set(SCHEMA) == TEXT_KEYS | JSON_KEYS


@pytest.mark.parametrize("key", sorted(SCHEMA))
def test_every_key_is_described_and_has_a_default(key: str) -> None:
    assert SCHEMA[key]["description"].strip()
    assert "default" in SCHEMA[key]


def test_no_default_is_declared_a_secret_which_the_engine_would_refuse() -> None:
    assert not any("secret" in entry for entry in SCHEMA.values())


@pytest.mark.parametrize("stack", ["dev", "lab"])
def test_the_stacks_give_only_keys_that_exist(stack: str) -> None:
    given = read(f"Pulumi.{stack}.yaml")["config"]
    own = {key.removeprefix("dualstack:") for key in given if key.startswith("dualstack:")}
    assert own <= set(SCHEMA)
    assert all(key.startswith(("dualstack:", "aws:")) for key in given)


def test_the_aws_stack_needs_three_things_of_its_user_and_is_right_otherwise() -> None:
    config = read("Pulumi.dev.yaml")["config"]
    given = {
        key.removeprefix("dualstack:"): value for key, value in config.items() if key.startswith("dualstack:")
    }
    given.pop("internetTargets")
    with pytest.raises(ConfigErrors) as refused:
        parse(given)
    assert [message.split(":")[0] for message in refused.value.messages] == [
        "sshPrivateKey",
        "sshPublicKey",
        "sshFrom",
    ]
    key = derive_host_key("seed", "dev", "any")
    yours = {"sshPrivateKey": key.private, "sshPublicKey": key.public, "sshFrom": ["2001:db8::1/128"]}
    assert [host.name for host in parse({**given, **yours}).hosts] == ["host-1", "host-2"]


def test_the_lab_speaks_to_its_own_endpoint_only() -> None:
    lab = read("Pulumi.lab.yaml")["config"]
    assert set(lab["aws:endpoints"][0].values()) == {"http://127.0.0.1:4566"}
    assert lab["aws:accessKey"] == "lab"


def test_the_component_package_needs_what_the_program_needs() -> None:
    def lines(name: str) -> list[str]:
        text = (PROJECT / name).read_text()
        return sorted(line for line in text.splitlines() if line and not line.startswith("#"))

    assert lines("components/requirements.txt") == lines("requirements.in")
