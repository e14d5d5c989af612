"""The lab's constants: names, addresses and images that its parts agree on.

Global addresses come from documentation prefixes only: 2001:db8::/32 (RFC 3849), 203.0.113.0/24 (RFC 5737).
"""

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from types import MappingProxyType
from typing import Final

REGION: Final = "eu-central-1"

ENDPOINT_HOST: Final = "127.0.0.1"
ENDPOINT_PORT: Final = 4566
ENDPOINT_URL: Final = f"http://{ENDPOINT_HOST}:{ENDPOINT_PORT}"
"""Where ec2, ssm and sts answer, inside the operator namespace."""

ACCESS_KEY_ID: Final = "lab"
SECRET_ACCESS_KEY: Final = "lab"

STACK: Final = "lab"
PASSPHRASE: Final = "dualstack-lab"
"""Encrypts the secrets of the lab's stacks. They guard nothing outside of the lab."""

LAB: Final = os.environ.get("DUALSTACK_LAB", "")
"""Which of the labs on this computer; the empty string for the usual one."""
LAB_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,7}")

NAMESPACE_PREFIX: Final = f"dualstack.{LAB}-" if LAB else "dualstack-"
"""The dot keeps the names of one lab from beginning as those of another."""
OPERATOR_NAMESPACE: Final = f"{NAMESPACE_PREFIX}operator"
CONTROL_GROUP: Final = f"dualstack-lab-{LAB}" if LAB else "dualstack-lab"

VPC_IPV6_POOL: Final = IPv6Network("2001:db8::/32")
VPC_IPV6_FIRST_NUMBER: Final = 1
"""The first VPC gets 2001:db8:0:100::/56, the next 2001:db8:0:200::/56."""
PUBLIC_IPV4_POOL: Final = IPv4Network("203.0.113.128/25")

INTERNET_IPV6: Final = IPv6Address("2001:db8:ffff::1")
INTERNET_IPV4: Final = IPv4Address("203.0.113.1")
INTERNET_HTTP_PORT: Final = 80
"""There a caller is told its own source address, followed by a newline."""

INTERNET_NAME: Final = "internet.example"
PACKAGES_NAME: Final = "packages.example"
REGIONAL_PACKAGES_NAME: Final = f"{REGION}.ec2.{PACKAGES_NAME}"
"""As Ubuntu's cloud images name the mirror of their region; it has an A record only."""
DISTRIBUTION_PATH: Final = "/debian"
"""Where the mirror has the distribution's packages: http://packages.example/debian."""
DOCKER_PATH: Final = "/docker"
"""Where it has packages with the names of Docker's own, signed with another key."""
REGISTRY_NAME: Final = "registry.example"
IPV4_ONLY_SUFFIX: Final = "-ipv4"
"""Each of these names has a second one with an A record only, such as `registry-ipv4.example`."""

PACKAGES_IPV6: Final = IPv6Address("2001:db8:ffff::2")
PACKAGES_IPV4: Final = IPv4Address("203.0.113.2")
REGISTRY_IPV6: Final = IPv6Address("2001:db8:ffff::3")
REGISTRY_IPV4: Final = IPv4Address("203.0.113.3")
OPERATOR_IPV6: Final = IPv6Interface("2001:db8:fffe::10/64")
OPERATOR_IPV6_GATEWAY: Final = IPv6Address("2001:db8:fffe::1")
OPERATOR_IPV4: Final = IPv4Interface("203.0.113.10/29")
OPERATOR_IPV4_GATEWAY: Final = IPv4Address("203.0.113.9")

DEFAULT_AMI: Final = "ami-0d0c6e12a1b13d0ce"
LAB_IMAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        DEFAULT_AMI: "debian-13-docker",
        "ami-0deb1a2013ba5e000": "debian-13",
        "ami-0deb1a2012d0c6e00": "debian-12-docker",
        "ami-0deb1a2012ba5e000": "debian-12",
        "ami-0deb1a2014d0c6e00": "debian-14-docker",
        "ami-0deb1a2014ba5e000": "debian-14",
    }
)
"""AMI id (EC2's form, `ami-` and 17 hex digits) to image name. One with `-docker` has Docker, the others have
it as packages only.
"""

LOGIN_USER: Final = "debian"
"""Logs in on lab images with the instance's key, and uses sudo without a password."""

CONTAINER_IMAGE: Final = "lab/web:1"
"""Present on every Docker host of the lab: answers its host name on [::]:80."""


def refusal_of_lab_name(name: str) -> str | None:
    """Why `$DUALSTACK_LAB` cannot be this; None where it can."""
    if not name or LAB_NAME.fullmatch(name):
        return None
    return (
        f"DUALSTACK_LAB is {name!r}: give up to 8 lower-case letters and digits, a letter first, or unset it"
    )


def vpc_namespace(vpc_id: str, prefix: str = NAMESPACE_PREFIX) -> str:
    """The namespace of a VPC's router, e.g. `dualstack-vpc-0a1b2c3d` for a VPC id that ends so."""
    return f"{prefix}vpc-{vpc_id[-8:]}"


def instance_namespace(instance_id: str) -> str:
    """The namespace of an instance, e.g. `dualstack-i-0123456789abcdef0`."""
    return f"{NAMESPACE_PREFIX}{instance_id}"


def vpc_ipv6_cidr(number: int) -> IPv6Network:
    """The IPv6 CIDR of the VPC with this number, from 1: 2001:db8:0:NN00::/56, NN in hex.

    Raises ValueError for a number that the pool does not hold (1 to 255).
    """
    if not VPC_IPV6_FIRST_NUMBER <= number <= 0xFF:
        raise ValueError(f"vpc number {number} is not in 1 to 255: delete a vpc or start the lab again")
    return IPv6Network((int(VPC_IPV6_POOL.network_address) | number << 72, 56))
