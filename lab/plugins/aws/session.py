"""Clients of AWS: one for each service and region, and who is calling."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any, Final, cast

import boto3
from botocore.config import Config

from lab.plugins.aws.configuration import Configuration
from lab.plugins.aws.operation import doing
from lab.plugins.servicer import ProviderError

# Used where the account may not be asked for; it shows in ARNs only.
NO_ACCOUNT: Final = ""
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 60


class Session:
    """Clients for a configuration. They are safe to share between threads; making one is not."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @cached_property
    def _boto(self) -> Any:
        return cast("Any", boto3.Session)(
            region_name=self.configuration.region, **self.configuration.credentials
        )

    def client(self, service: str, region: str = "") -> Any:
        """The client of a service in a region (the configuration's own, if none is given)."""
        key = (service, region or self.configuration.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._new_client(*key)
            return self._clients[key]

    def _new_client(self, service: str, region: str) -> Any:
        retries = {"mode": "standard", "total_max_attempts": self.configuration.retries}
        return self._boto.client(
            service,
            region_name=region,
            endpoint_url=self.configuration.endpoints.get(service),
            config=Config(
                retries=retries if service != "sts" else {"mode": "standard", "total_max_attempts": 2},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                max_pool_connections=64,
            ),
        )

    @cached_property
    def identity(self) -> dict[str, str]:
        """`Account`, `Arn` and `UserId` of the caller."""
        with doing("validating provider credentials: retrieving caller identity from STS"):
            return self.client("sts").get_caller_identity()

    @property
    def account(self) -> str:
        """The caller's account number, empty where the configuration says not to ask."""
        return NO_ACCOUNT if self.configuration.skip_account else self.identity["Account"]

    @property
    def partition(self) -> str:
        """The partition of the region, such as `aws` or `aws-cn`."""
        return self._boto.get_partition_for_region(self.configuration.region)

    def validate(self) -> None:
        """Checks the credentials and the account as configured. Raises `ProviderError`."""
        configuration = self.configuration
        if configuration.skip_credentials and configuration.skip_account:
            return
        account = self.identity["Account"]
        allowed, forbidden = configuration.allowed_accounts, configuration.forbidden_accounts
        if (allowed and account not in allowed) or account in forbidden:
            listed = f"; allowed: {', '.join(allowed)}" if allowed else f"; forbidden: {', '.join(forbidden)}"
            raise ProviderError(f"AWS account ID not allowed: {account}{listed}")
