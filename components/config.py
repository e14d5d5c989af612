"""The stack's config, typed, and every error in it at once."""

from collections.abc import Mapping
from typing import Any, Final

from . import config_values as values
from .config_hosts import HostDefaults, read_hosts
from .config_reader import Reader
from .config_types import (
    Bastion,
    ConfigErrors,
    Connect,
    Container,
    Host,
    Open,
    Port,
    StackConfig,
)
from .host_keys import openssh_public_line
from .ipaddress_tools import (
    DEFAULT_BLOCK_PREFIX,
    LONGEST_BLOCK_PREFIX,
    SHORTEST_BLOCK_PREFIX,
    AddressPlanError,
    ipv4_subnet_of_vpc,
)

__all__ = [
    "Bastion",
    "ConfigErrors",
    "Connect",
    "Container",
    "Host",
    "Open",
    "Port",
    "StackConfig",
    "parse",
]

KEYS: Final = (
    *("hosts", "sshFrom", "sshFromAnywhere", "connect", "bastion", "sshUser", "sshPort", "sshPrivateKey"),
    *("sshPublicKey", "keyName", "hostKeySeed", "securityGroupId", "vpcCidr", "subnetIndex"),
    *("availabilityZone", "blockPrefix", "instanceType", "ami", "ubuntuRelease", "gateway"),
    *("internetTargets", "tags", "protect"),
)
BASTION_KEYS: Final = ("host", "user", "port", "hostKey")
CONNECT_WAYS: Final[Mapping[str, Connect]] = {"ipv6": "ipv6", "bastion": "bastion", "ipv4": "ipv4"}
OWN_TAG: Final = "dualstack:"
MOST_TAGS: Final = 40
"""EC2 allows 50 for a resource; this program adds a few of its own."""


def parse(config: Mapping[str, Any]) -> StackConfig:
    """The checked config from its values by key. Raises ConfigErrors with everything that is wrong in it."""
    reader = Reader(config, "", [])
    reader.refuse_unknown(KEYS)
    shortest, longest = SHORTEST_BLOCK_PREFIX, LONGEST_BLOCK_PREFIX
    block_prefix = reader.number("blockPrefix", shortest, longest, None) or DEFAULT_BLOCK_PREFIX
    instance_type = reader.text("instanceType", values.instance_type, "t3.medium") or "t3.medium"
    hosts, warnings = read_hosts(reader, HostDefaults(block_prefix, instance_type))
    private_key, public_key, key_name = _keys(reader)
    connect = reader.choice("connect", CONNECT_WAYS, "ipv6")
    vpc_cidr = reader.text("vpcCidr", values.ipv4_vpc_cidr, "10.0.0.0/16") or ""
    parsed = StackConfig(
        ssh_from=_ssh_from(reader, connect),
        hosts=hosts,
        ssh_private_key=private_key,
        ssh_public_key=public_key,
        key_name=key_name,
        host_key_seed=reader.text("hostKeySeed", values.seed),
        connect=connect,
        bastion=_bastion(reader, connect),
        ssh_user=reader.text("sshUser", values.user, "ubuntu") or "",
        ssh_port=reader.number("sshPort", 1, 65535, 22) or 0,
        security_group_id=reader.text("securityGroupId", values.security_group),
        vpc_cidr=vpc_cidr,
        subnet_index=_subnet_index(reader, vpc_cidr),
        availability_zone=reader.text("availabilityZone", values.zone),
        block_prefix=block_prefix,
        instance_type=instance_type,
        ami=reader.text("ami", values.ami),
        ubuntu_release=reader.text("ubuntuRelease", values.ubuntu_release, "24.04") or "",
        gateway=reader.text("gateway", values.gateway),
        internet_targets=reader.texts("internetTargets", values.internet_target),
        tags=_tags(reader),
        protect=reader.boolean("protect", default=False),
        warnings=warnings,
    )
    if reader.errors:
        raise ConfigErrors(list(dict.fromkeys(reader.errors)))
    return parsed


def _ssh_from(reader: Reader, connect: Connect) -> tuple[str, ...]:
    anywhere = reader.boolean("sshFromAnywhere", default=False)
    given = len(reader.list("sshFrom"))
    cidrs = reader.texts("sshFrom", values.any_cidr)
    if not given and not reader.values.get("securityGroupId") and not reader.values.get("sshFrom"):
        reader.error(
            "sshFrom: missing; give the networks that may reach ssh, such as your own address: "
            "`pulumi config set --path 'sshFrom[0]' 2001:db8::1/128`"
        )
    if values.is_whole_internet(cidrs) and not anywhere:
        reader.error(
            f"sshFrom: {', '.join(cidrs)} is a whole internet; name your networks, or say that it is meant "
            "with sshFromAnywhere: true"
        )
    needed = {"ipv6": ":", "ipv4": "."}.get(connect)
    if cidrs and len(cidrs) == given and needed and not any(needed in cidr for cidr in cidrs):
        family = connect.replace("ip", "IP")
        reader.error(
            f"sshFrom: no {family} network in {', '.join(cidrs)}, and connect is {connect}: nobody could log "
            f"in; add an {family} network, or change connect"
        )
    return tuple(dict.fromkeys(cidrs))


def _keys(reader: Reader) -> tuple[str, str | None, str | None]:
    """The private key, and the public one or a key pair's name."""
    private = reader.needed_text(
        "sshPrivateKey", values.private_key, "`pulumi config set --secret sshPrivateKey < FILE`"
    )
    public = reader.text("sshPublicKey", values.public_key)
    key_name = reader.text("keyName", values.key_name)
    if reader.values.get("sshPublicKey") and reader.values.get("keyName"):
        reader.error("sshPublicKey and keyName are both given; give one of them")
    if not reader.values.get("sshPublicKey") and not reader.values.get("keyName"):
        own = f"; the public half of sshPrivateKey is {openssh_public_line(private)}" if private else ""
        reader.error(f"sshPublicKey: missing; give it, or the keyName of an ec2 key pair that exists{own}")
    if private and public and openssh_public_line(private) != public:
        reader.error(
            "sshPublicKey is not the public half of sshPrivateKey, nobody could log in; the public half is "
            f"{openssh_public_line(private)}"
        )
    return private, public, key_name


def _bastion(reader: Reader, connect: Connect) -> Bastion | None:
    given = reader.mapping("bastion")
    if not given:
        if connect == "bastion":
            reader.error("bastion: missing, and connect is bastion; give {host, user, port, hostKey}")
        return None
    bastion = Reader(given, "bastion: ", reader.errors)
    bastion.refuse_unknown(BASTION_KEYS)
    return Bastion(
        host=bastion.needed_text("host", values.dns_or_address, "give its name or address"),
        host_key=bastion.needed_text(
            "hostKey", values.host_key, "give its public ssh host key, one line, as `ssh-keyscan` shows it"
        ),
        user=bastion.text("user", values.user, "ubuntu") or "",
        port=bastion.number("port", 1, 65535, 22) or 0,
    )


def _subnet_index(reader: Reader, vpc_cidr: str) -> int:
    index = reader.number("subnetIndex", 0, 255, 0) or 0
    try:
        if vpc_cidr:
            ipv4_subnet_of_vpc(vpc_cidr, index)
    except AddressPlanError as error:
        reader.error(f"subnetIndex: {error}")
    return index


def _tags(reader: Reader) -> dict[str, str]:
    tags: dict[str, str] = {}
    for given, value in reader.mapping("tags").items():
        key = str(given)
        if key.startswith((OWN_TAG, "aws:")):
            reader.error(f"tags: {key!r} is reserved; take a key that does not start with {OWN_TAG} or aws:")
        elif not isinstance(value, str | int) or len(key) > 128 or len(str(value)) > 256:
            reader.error(f"tags: {key!r} is not a text of at most 256 characters under a key of at most 128")
        else:
            tags[key] = str(value)
    if len(tags) > MOST_TAGS:
        reader.error(f"tags: {len(tags)} are given; at most {MOST_TAGS} fit beside this program's own")
    return tags
