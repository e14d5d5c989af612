"""Reads the stack's config as the engine has it: the only reader of `pulumi.Config`."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from .parse import parse
from .types import ConfigErrors, StackConfig

TEXT_KEYS: Final = frozenset(
    {
        *("connect", "sshUser", "sshPrivateKey", "sshPublicKey", "keyName", "hostKeys", "hostKeySeed"),
        *(
            "securityGroupId",
            "vpcCidr",
            "availabilityZone",
            "instanceType",
            "ami",
            "ubuntuRelease",
            "ulaPrefix",
            "gateway",
            "dockerPackage",
            "packageMirror",
            "packagesOverIpv6",
            "repair",
        ),
    }
)
"""Their values are text as it stands."""
JSON_KEYS: Final = frozenset(
    {
        *("sshFrom", "sshFromAnywhere", "bastion", "sshPort", "sshWait", "subnetIndex", "blockPrefix"),
        *("internetTargets", "hosts", "subnets", "tags", "protect", "rebootWhenNeeded", "revertAfter"),
        "dockerRepository",
    }
)
"""Their values are lists, objects, numbers and booleans; the engine hands them over as JSON."""


SECRET_KEYS: Final = ("sshPrivateKey", "hostKeySeed")


def read_config() -> StackConfig:
    """The stack's config, checked. Raises RunError with every error in it, one in a line."""
    values = pulumi.Config()
    problems = unencrypted(values)
    try:
        config = parse(stack_values(values))
    except ConfigErrors as errors:
        raise pulumi.RunError(str(ConfigErrors([*problems.values(), *_unsaid(errors, problems)]))) from None
    if problems:
        raise pulumi.RunError(str(ConfigErrors([*problems.values()])))
    for warning in config.warnings:
        pulumi.log.warn(warning)
    return config


def _unsaid(errors: ConfigErrors, problems: Mapping[str, str]) -> list[str]:
    """The errors about keys that must be set anew anyway are left out."""
    return [text for text in errors.messages if not text.startswith(tuple(problems))]


def unencrypted(config: pulumi.Config) -> dict[str, str]:
    """A message, by key, for each that lies in the stack file as plain text, and must not."""
    texts = {
        key: f"{key} is in the stack's file as plain text; set it again with "
        f"`pulumi config set --secret {key}`, and take a new key if others could read the file"
        for key in SECRET_KEYS
        if config.get(key) and not is_config_secret(config.full_key(key))
    }
    if '"privateKey":' in (config.get("hosts") or "") and not is_config_secret(config.full_key("hosts")):
        texts["hosts"] = (
            "hosts: a privateKey is in the stack's file as plain text; set it again with `pulumi config set "
            "--secret --path 'hosts[0].existing.privateKey'`; take a new key if others could read the file"
        )
    return texts


def stack_values(config: pulumi.Config) -> dict[str, Any]:
    """The values by key, unknown keys too. What is empty, as some defaults in Pulumi.yaml are, is left out as
    if never given.
    """
    prefix = config.full_key("")
    given = [key.removeprefix(prefix) for key in CONFIG.get() if key.startswith(prefix)]
    values = {key: _decoded(config.get(key)) if key in JSON_KEYS else config.get(key) for key in given}
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _decoded(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text  # `parse` says what is wrong with it
