"""What an interface of an instance type holds, from the DescribeInstanceTypes data that moto carries."""

from dataclasses import dataclass
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from .errors import bad_value, too_many_addresses


@dataclass(frozen=True)
class Limits:
    """An instance type's network limits."""

    interfaces: int
    ipv4: int
    """Addresses per interface."""
    ipv6: int
    """Addresses and prefixes per interface together."""
    nitro: bool
    """Bare metal types are; the others say so."""


def limits_of(instance_type: str) -> Limits:
    """The type's limits. Raises EC2ClientError for a type that does not exist."""
    description: Any = INSTANCE_TYPES.get(instance_type)
    if description is None:
        raise bad_value(f"Invalid value '{instance_type}' for InstanceType.")
    network = description["NetworkInfo"]
    return Limits(
        interfaces=network["MaximumNetworkInterfaces"],
        ipv4=network["Ipv4AddressesPerInterface"],
        ipv6=network["Ipv6AddressesPerInterface"],
        nitro=description.get("Hypervisor") != "xen",
    )


def check_holds(instance_type: str, *, ipv4: int = 0, ipv6: int = 0, prefixes: int = 0) -> None:
    """An interface of the type holds so many; `ipv6` counts the prefixes too. Raises EC2ClientError."""
    limits = limits_of(instance_type)
    if ipv4 > limits.ipv4:
        raise too_many_addresses(instance_type, limits.ipv4, ipv4)
    if ipv6 > limits.ipv6:
        raise too_many_addresses(instance_type, limits.ipv6, ipv6)
    if prefixes and not limits.nitro:
        raise bad_value(
            f"The instance type '{instance_type}' does not support prefixes: it is not Nitro-based"
        )
