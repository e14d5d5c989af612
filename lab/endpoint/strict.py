"""The strict services, and their way into moto: its tables of URLs, backends and models name ours."""

from typing import Any, Final

import moto.ec2.models.elastic_ip_addresses
import moto.ec2.models.elastic_network_interfaces
import moto.ec2.models.instances
import moto.ec2.models.subnets
import moto.ec2.models.vpcs
import moto.ec2.urls
import moto.ssm.urls
import moto.sts.urls
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.sts.responses import TokenResponse

from .backend import StrictBackend, StrictSubnet
from .context import ACCOUNT_ID, current
from .gate import Gated
from .gateways import GatewayOperations
from .instance_model import StrictInstance
from .interfaces import InterfaceOperations
from .launches import LaunchOperations
from .lifecycle import InstanceOperations
from .nat_gateways import NatGatewayOperations
from .networks import NetworkOperations
from .parameters import ParameterOperations
from .pools import free_public_ipv4, vpc_cidr_after
from .security_groups import KeyPairOperations, SecurityGroupOperations, rule_description
from .tags import TagOperations


class StrictEC2(
    Gated,
    InterfaceOperations,
    LaunchOperations,
    InstanceOperations,
    NetworkOperations,
    GatewayOperations,
    NatGatewayOperations,
    SecurityGroupOperations,
    KeyPairOperations,
    TagOperations,
    EC2Response,
):
    """EC2."""


class GatedParameters(Gated, ParameterOperations):
    """SSM's parameters."""


class GatedTokens(Gated, TokenResponse):
    """STS."""


def backend() -> StrictBackend:
    """The EC2 state of the lab's account and region."""
    found: Any = ec2_backends[ACCOUNT_ID][current().region]
    return found


def install() -> None:
    """Put the strict classes in moto's places. Doing it again changes nothing."""
    moto.ec2.urls.url_paths = {"{0}/": StrictEC2.dispatch}
    moto.ssm.urls.url_paths = {"{0}/$": GatedParameters.dispatch}
    moto.sts.urls.url_paths = {"{0}/$": GatedTokens.dispatch}
    ec2_backends.backend = StrictBackend
    moto.ec2.models.instances.Instance = StrictInstance
    moto.ec2.models.subnets.Subnet = StrictSubnet
    setattr(SecurityGroupRule, "description", property(rule_description))  # noqa: B010  a property of moto's
    for module, name, replacement in PATCHED_FUNCTIONS:
        setattr(module, name, replacement)


def _vpc_cidr() -> str:
    state = backend()
    state.last_vpc_number, cidr = vpc_cidr_after(state.last_vpc_number, state.ipv6_cidrs_in_use())
    return cidr


def _public_ipv4() -> str:
    return free_public_ipv4(backend().public_ipv4_in_use())


PATCHED_FUNCTIONS: Final = (
    (moto.ec2.models.vpcs, "random_ipv6_cidr", _vpc_cidr),
    (moto.ec2.models.elastic_network_interfaces, "random_public_ip", _public_ipv4),
    (moto.ec2.models.elastic_ip_addresses, "random_ip", _public_ipv4),
)
"""They draw addresses, each imported by name: patched where it is used, not where it is made."""
