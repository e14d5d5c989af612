"""The stack's config from its values by key, and every error in them at once."""

from collections.abc import Mapping
from typing import Any, Final

from ..host_keys import openssh_public_line
from ..ipaddress_tools import DEFAULT_BLOCK_PREFIX, LONGEST_BLOCK_PREFIX, SHORTEST_BLOCK_PREFIX
from ..unique_local import checked_prefix
from . import key_values, values
from .bastion import read_bastion
from .existing import needs_aws, needs_stack_key
from .hosts import HostDefaults, read_hosts
from .packages import PACKAGE_KEYS, read_packages
from .reader import Reader
from .subnets import read_subnets, refuse_out_of_reach
from .types import DEFAULT_WAIT, ConfigErrors, Connect, HostKeys, StackConfig

KEYS: Final = (
    *("hosts", "sshFrom", "sshFromAnywhere", "connect", "bastion", "sshUser", "sshPort", "sshWait"),
    *("sshPrivateKey", "sshPublicKey", "keyName", "hostKeys", "hostKeySeed", "securityGroupId", "vpcCidr"),
    *("subnetIndex", "subnets", "availabilityZone", "blockPrefix", "instanceType", "ami", "ubuntuRelease"),
    *("gateway", "internetTargets", "tags", "protect", "ulaPrefix", "repair", "rebootWhenNeeded"),
    "revertAfter",
    *PACKAGE_KEYS,
)
CONNECT_WAYS: Final[Mapping[str, Connect]] = {"ipv6": "ipv6", "bastion": "bastion", "ipv4": "ipv4"}
HOST_KEY_WAYS: Final[Mapping[str, HostKeys]] = {
    "user-data": "user-data",
    "console": "console",
    "accept-new": "accept-new",
}
SHORTEST_WAIT: Final = 10
LONGEST_WAIT: Final = 3600
"""Seconds."""
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
    vpc_cidr = reader.text("vpcCidr", values.ipv4_vpc_cidr, "10.0.0.0/16") or ""
    subnets = read_subnets(reader, vpc_cidr)
    subnet_names = tuple(subnet.name for subnet in subnets if subnet.name)
    ssh_port = reader.number("sshPort", 1, 65535, 22) or 0
    host_keys = reader.choice("hostKeys", HOST_KEY_WAYS, "user-data")
    defaults = HostDefaults(
        block_prefix, instance_type, subnet_names, ssh_port, accept_new_keys=host_keys == "accept-new"
    )
    hosts, warnings = read_hosts(reader, defaults)
    on_aws = needs_aws(reader)
    private_key, public_key, key_name = _keys(reader, on_aws)
    connect = reader.choice("connect", CONNECT_WAYS, "ipv6")
    bastion, bastion_host = read_bastion(reader, connect)
    refuse_out_of_reach(reader, subnets, hosts, connect, bastion_host)
    revert_after = (
        reader.number("revertAfter", values.LEAST_REVERT_AFTER, values.MOST_REVERT_AFTER, 120) or 120
    )
    parsed = StackConfig(
        ssh_from=_ssh_from(reader, connect, bastion_host) if on_aws else (),
        hosts=hosts,
        ssh_private_key=private_key,
        ssh_public_key=public_key,
        key_name=key_name,
        host_key_seed=reader.text("hostKeySeed", key_values.seed),
        host_keys=host_keys,
        connect=connect,
        bastion=bastion,
        bastion_host=bastion_host,
        ssh_user=reader.text("sshUser", values.user, "ubuntu") or "",
        ssh_port=ssh_port,
        ssh_wait=reader.number("sshWait", SHORTEST_WAIT, LONGEST_WAIT, DEFAULT_WAIT) or DEFAULT_WAIT,
        security_group_id=reader.text("securityGroupId", values.security_group),
        vpc_cidr=vpc_cidr,
        subnets=subnets,
        block_prefix=block_prefix,
        instance_type=instance_type,
        ami=reader.text("ami", values.ami),
        ubuntu_release=reader.text("ubuntuRelease", values.ubuntu_release, "24.04") or "",
        gateway=reader.text("gateway", values.gateway),
        internet_targets=reader.texts("internetTargets", values.internet_target),
        tags=_tags(reader),
        protect=reader.boolean("protect", default=False),
        unique_local_prefix=reader.text("ulaPrefix", checked_prefix),
        packages=read_packages(reader),
        repair=reader.text("repair", values.repair) or "",
        reboot_when_needed=reader.boolean("rebootWhenNeeded", default=False),
        revert_after=revert_after,
        warnings=(*warnings, *values.few_seconds(revert_after)),
    )
    if reader.errors:
        raise ConfigErrors(list(dict.fromkeys(reader.errors)))
    return parsed


def _ssh_from(reader: Reader, connect: Connect, bastion_host: str | None) -> tuple[str, ...]:
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
    way, reason = (
        ("ipv6", "bastion is a host of this stack") if bastion_host else (connect, f"connect is {connect}")
    )
    needed = {"ipv6": ":", "ipv4": "."}.get(way)
    if cidrs and len(cidrs) == given and needed and not any(needed in cidr for cidr in cidrs):
        family = way.replace("ip", "IP")
        reader.error(
            f"sshFrom: no {family} network in {', '.join(cidrs)}, and {reason}: nobody could log in; add an "
            f"{family} network, or change connect"
        )
    return tuple(dict.fromkeys(cidrs))


def _keys(reader: Reader, on_aws: bool) -> tuple[str, str | None, str | None]:
    """The private key, and the public one or a key pair's name, which only AWS needs."""
    if needs_stack_key(reader):
        private = reader.needed_text(
            "sshPrivateKey", key_values.private_key, "`pulumi config set --secret sshPrivateKey < FILE`"
        )
    else:
        private = reader.text("sshPrivateKey", key_values.private_key) or ""
    public = reader.text("sshPublicKey", key_values.public_key)
    key_name = reader.text("keyName", values.key_name)
    if reader.values.get("sshPublicKey") and reader.values.get("keyName"):
        reader.error("sshPublicKey and keyName are both given; give one of them")
    if on_aws and not reader.values.get("sshPublicKey") and not reader.values.get("keyName"):
        own = f"; the public half of sshPrivateKey is {openssh_public_line(private)}" if private else ""
        reader.error(f"sshPublicKey: missing; give it, or the keyName of an ec2 key pair that exists{own}")
    if private and public and openssh_public_line(private) != public:
        reader.error(
            "sshPublicKey is not the public half of sshPrivateKey, nobody could log in; the public half is "
            f"{openssh_public_line(private)}"
        )
    return private, public, key_name


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
