"""What every way of giving containers IPv6 is: the interface that each module of this package implements."""

from collections.abc import Mapping
from ipaddress import IPv6Network
from typing import Any, Protocol

from ..containers import Port
from .plan import HostPlan, NetworkWishes, PlannedNetwork


class NetworkWay(Protocol):
    """A module such as `routed`. All functions are pure; `engine` is Docker's major version, e.g. 26."""

    @property
    def ADDRESSES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The ways of getting addresses that it goes with, first the usual: `("block", "prefix")`."""
        ...

    @property
    def HAS_USER_NETWORKS(self) -> bool:  # noqa: N802 - a module's constant
        """Whether `networks` may be declared; else all containers are on docker0."""
        ...

    @property
    def TRANSLATED(self) -> bool:  # noqa: N802 - a module's constant
        """Whether containers are seen with the host's address, and reached on its published ports only."""
        ...

    def plan(self, wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
        """The networks and addresses. Raises AddressPlanError."""
        ...

    def refusals(self, plan: HostPlan, engine: int) -> list[str]:
        """What this engine cannot do of the plan, each with the reason and the version needed."""
        ...

    def daemon_settings(self, plan: HostPlan, engine: int) -> dict[str, Any]:
        """The keys of daemon.json that it needs."""
        ...

    def refused_settings(self, engine: int) -> Mapping[str, str]:
        """Keys that must not be set to anything true in the host's own daemon.json, each with the reason."""
        ...

    def network_options(self, network: PlannedNetwork, engine: int) -> Mapping[str, str]:
        """Driver options for `docker network create --opt`."""
        ...

    def publish(self, port: Port, engine: int) -> str | None:
        """What `docker create --publish` is given for a declared port, or None."""
        ...

    def filter_rules(self, plan: HostPlan, engine: int) -> tuple[str, ...]:
        """The rules of the host's own nft chain at the hook `forward` (policy accept); none: no table."""
        ...

    def docker_filter_rules(self, plan: HostPlan, engine: int) -> tuple[str, ...]:
        """Rules that come before Docker's own, in ip6tables' language and without a chain: what its chain
        DOCKER-USER lets through. Only for engines that filter IPv6 by themselves.
        """
        ...
