"""The network step: the host's own IPv6 address, static, and cloud-init kept away from it.

cloud-init puts every further address of the network interface on the host, where it would answer for the
containers; it renders again when an interface is attached; and netplan appends address lists over files, so a
later file cannot take one away. So its file is moved aside, and it is told to leave the network alone: at its
boots, where user data cannot say otherwise, and where an interface is attached, where user data must not.
"""

from ipaddress import IPv6Address, IPv6Interface
from typing import Any, Final

import yaml

from .facts import Facts, HostError
from .files import HostFile, absent

OWN_FILE: Final = "/etc/netplan/60-dualstack.yaml"
AWS_GATEWAY: Final = IPv6Address("fe80:ec2::1")
"""The gateway that every VPC subnet has (AWS, "What's new", November 2022)."""
AWS_NAME_SERVER: Final = IPv6Address("fd00:ec2::253")
"""Amazon's name server over IPv6, on Nitro instances (VPC user guide, "DNS attributes for your VPC")."""
OLDEST_NETPLAN: Final = (0, 104)
"""Ubuntu 22.04's: the first that knows `to: default`."""

_HEADER = "# Written by dualstack: a static address, no DHCPv6, no router advertisements; IPv4 as it was.\n"
_CLOUD_INIT = """\
# Written by dualstack: the network is no longer cloud-init's, not even when an interface is attached.
network: {config: disabled}
updates: {network: {when: []}}
"""
_CLOUD_INIT_FILE: Final = "/etc/cloud/cloud.cfg.d/99-dualstack-network.cfg"
_CLOUD_INIT_HOTPLUG: Final = f"""\
# Written by dualstack: where an interface is attached, this file counts for more than the user data.
[Service]
Environment=CLOUD_CFG={_CLOUD_INIT_FILE}
"""
"""cloud-init reads the file that CLOUD_CFG names last (cloudinit/helpers.py, ConfigMerger)."""
_CLOUD_INIT_HOTPLUG_FILE: Final = "/etc/systemd/system/cloud-init-hotplugd.service.d/99-dualstack.conf"


def network_files(facts: Facts, address: IPv6Interface, gateway: IPv6Address | None) -> tuple[HostFile, ...]:
    """The files that give the interface its address and its default route.

    `address`: the host's own, with the length of what is on the link. `gateway`: the one given; without it
    the one that the host sees live, else AWS's. Raises HostError when netplan is missing, too old, or does
    not know the interface, and when a file that is not cloud-init's configures it.
    """
    _refuse_unknown_ground(facts)
    via = gateway or facts.gateway or AWS_GATEWAY
    away = facts.cloud_init.files if facts.cloud_init else ()
    files = [HostFile(OWN_FILE, _HEADER + _netplan(facts, address, via), mode=0o600)]
    files += [absent(path) for path in away]
    if facts.cloud_init:
        # systemd reads the latter when a later step brings units, at the latest at the next boot.
        files.append(HostFile(_CLOUD_INIT_FILE, _CLOUD_INIT))
        files.append(HostFile(_CLOUD_INIT_HOTPLUG_FILE, _CLOUD_INIT_HOTPLUG))
    wishes = f"interface={facts.nic.name}\naddress={address}\ngateway={via}\n"
    return (*files, HostFile("/etc/dualstack/network", wishes))


def _refuse_unknown_ground(facts: Facts) -> None:
    if facts.netplan is None or _numbers(facts.netplan) < OLDEST_NETPLAN:
        raise HostError(
            f"netplan {facts.netplan or 'is not installed'} on this host; this program needs 0.104 or newer: "
            "use ubuntu 22.04 or newer, or debian 12 or newer"
        )
    if facts.nic.netplan_id is None:
        raise HostError(
            f"no file in /etc/netplan configures {facts.nic.name} ({facts.nic.mac}); this program changes "
            "hosts whose network is netplan's: use an image with cloud-init and netplan"
        )
    ours = facts.cloud_init.files if facts.cloud_init else ()
    foreign = [path for path in facts.nic.files if path not in ours]
    if foreign:
        raise HostError(
            f"{', '.join(foreign)} configures {facts.nic.name} and is not cloud-init's: netplan would add "
            "its addresses to ours; move what it says elsewhere, and remove it"
        )


def _netplan(facts: Facts, address: IPv6Interface, gateway: IPv6Address) -> str:
    kept = dict(facts.nic.ipv4_settings)
    ours: dict[str, Any] = {
        "match": {"macaddress": facts.nic.mac},
        "dhcp4": kept.pop("dhcp4", False),
        "dhcp6": False,
        "accept-ra": False,
        "addresses": [*kept.pop("addresses", []), str(address)],
        "routes": [*kept.pop("routes", []), {"to": "default", "via": str(gateway), "on-link": True}],
    }
    if not facts.has_ipv4 and "nameservers" not in kept:
        # DHCPv6 would go on telling them; with IPv4 DHCPv4 does.
        servers = facts.name_servers or (AWS_NAME_SERVER,)
        ours["nameservers"] = {"addresses": [str(server) for server in servers]}
    kept.pop("match", None)
    network: dict[str, Any] = {"version": 2, "ethernets": {facts.nic.netplan_id: {**ours, **kept}}}
    for kind, entries in facts.nic.others.items():
        network[kind] = {**network.get(kind, {}), **entries}
    return yaml.safe_dump({"network": network}, sort_keys=False, default_flow_style=False)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
