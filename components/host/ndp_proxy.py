"""The ndp-proxy step: a service that answers neighbour solicitation for the containers' whole prefix."""

from typing import Final

from ..container_networks.plan import HostPlan
from .facts import Facts, HostError
from .files import HostFile
from .steps import INSTALL_DIRECTORY, scripts_bundle

UNIT: Final = "/etc/systemd/system/dualstack-ndp-proxy.service"
_UNIT: Final = """\
# Written by dualstack.
[Unit]
Description=Answer neighbour solicitation for {prefix} on {interface}
After=network-pre.target
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=/usr/bin/python3 {script} {interface} {prefix}{addresses}
# Also when the interface is not there yet, or goes.
Restart=always
RestartSec=1
DynamicUser=yes
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_PACKET
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""


def ndp_proxy_files(facts: Facts, plan: HostPlan) -> tuple[HostFile, ...]:
    """The service's unit. Declared containers are listened for by their groups, too.

    Raises HostError when the prefix holds an address that is another's to answer for, or is not of the link.
    """
    _refuse_wrong_prefix(facts, plan)
    addresses = (str(address) for container in plan.containers for _, address in container.addresses)
    unit = _UNIT.format(
        prefix=plan.prefix,
        interface=facts.nic.name,
        script=f"{INSTALL_DIRECTORY}/{scripts_bundle()[1]}/ndp_proxy.py",
        addresses="".join(f" {address}" for address in addresses),
    )
    return (HostFile(UNIT, unit),)


def _refuse_wrong_prefix(facts: Facts, plan: HostPlan) -> None:
    for own in facts.addresses:
        if own.ip in plan.prefix:
            raise HostError(
                f"prefix {plan.prefix} holds the host's own address {own.ip}; give a part of the link's "
                f"prefix {own.network} that nobody else uses"
            )
    if facts.gateway and facts.gateway in plan.prefix:
        raise HostError(
            f"prefix {plan.prefix} holds the router's address {facts.gateway}, and the host would answer for "
            "it; give a part of the link's prefix that nobody else uses"
        )
    links = [own.network for own in facts.addresses if own.network.prefixlen < plan.prefix.prefixlen]
    if facts.addresses and not any(plan.prefix.subnet_of(link) for link in links):
        of_host = ", ".join(str(own) for own in facts.addresses)
        raise HostError(
            f"prefix {plan.prefix} is no part of the link's ({facts.nic.name} has {of_host}), so neighbours "
            "do not ask for it; take network static-routes, or routed with a route upstream"
        )
