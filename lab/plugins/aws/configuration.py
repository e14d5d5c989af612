"""The provider's own configuration: from flat strings to a region, credentials and endpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.plugins.aws.check import unexpected
from lab.plugins.aws.table import Failures, schema
from lab.plugins.servicer import UNKNOWN, Properties, ProviderError

MODELLED: Final = {
    "accessKey",
    "allowedAccountIds",
    "defaultTags",
    "endpoints",
    "forbiddenAccountIds",
    "maxRetries",
    "profile",
    "region",
    "secretKey",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "token",
}
# What the engine adds to a provider's configuration.
_ENGINES_OWN: Final = {"version", "pluginDownloadURL"}
_NESTED: Final = {"defaultTags", "endpoints", "allowedAccountIds", "forbiddenAccountIds"}
DEFAULT_RETRIES: Final = 25


@dataclass(frozen=True)
class Configuration:
    """Where and as whom AWS is called. An unknown configuration (`known` false) exists in previews only."""

    region: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    skip_account: bool = False
    skip_credentials: bool = False
    retries: int = DEFAULT_RETRIES
    known: bool = True


def check(news: Properties) -> Failures:
    """What is wrong with it: unknown keys, keys not modelled, nested values that are no JSON."""
    real = schema()["provider"]["inputProperties"]
    failures = [
        (key, unexpected(key, MODELLED, real))
        for key in news
        if key not in MODELLED and key not in _ENGINES_OWN
    ]
    for key in sorted(_NESTED & news.keys()):
        if isinstance(news[key], str):
            try:
                json.loads(news[key])
            except ValueError:
                failures.append((key, f"must be JSON, got {news[key]!r}"))
    return failures


def parse(variables: Properties, environment: Mapping[str, str] = os.environ) -> Configuration:
    """A configuration from the engine's variables; the environment gives the region that they leave out.

    Raises `ProviderError` when there is no region.
    """
    if any(value is UNKNOWN for value in variables.values()):
        return Configuration(known=False)
    region = variables.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not region:
        raise ProviderError("no AWS region: set aws:region, the provider's region, or AWS_REGION")
    names = {
        "accessKey": "aws_access_key_id",
        "secretKey": "aws_secret_access_key",
        "token": "aws_session_token",
        "profile": "profile_name",
    }
    return Configuration(
        region=str(region),
        credentials={name: str(variables[key]) for key, name in names.items() if variables.get(key)},
        endpoints=_endpoints(_nested(variables.get("endpoints"))),
        default_tags=_default_tags(_nested(variables.get("defaultTags"))),
        allowed_accounts=tuple(_nested(variables.get("allowedAccountIds")) or ()),
        forbidden_accounts=tuple(_nested(variables.get("forbiddenAccountIds")) or ()),
        skip_account=_truth(variables.get("skipRequestingAccountId")),
        skip_credentials=_truth(variables.get("skipCredentialsValidation")),
        retries=int(variables.get("maxRetries") or DEFAULT_RETRIES),
    )


def _nested(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _default_tags(block: Properties | None) -> dict[str, str]:
    return (block or {}).get("tags") or {}


def _endpoints(blocks: list[dict[str, str]] | None) -> dict[str, str]:
    return {service: url for block in blocks or [] for service, url in block.items() if url}


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
