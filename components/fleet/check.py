"""The reachability check of the stack, from its config."""

from collections.abc import Mapping

import pulumi

from ..compose_app import declared_app
from ..config.types import Host, StackConfig
from ..declared import declared_containers, declared_networks
from ..instance import DockerHost
from ..reachability import CheckedHost, ReachabilityCheck, ReachabilityCheckArgs
from .ssh import ssh_to


def make_check(config: StackConfig, hosts: Mapping[str, DockerHost]) -> pulumi.Output[str]:
    """The reachability check over all hosts; its table. There is none without hosts."""
    if not hosts:
        return pulumi.Output.from_input("no hosts")
    hidden = {subnet.name for subnet in config.subnets if subnet.kind == "egress-only"}
    checked = [_checked(config, host, hosts[host.name], hidden) for host in config.hosts]
    args: ReachabilityCheckArgs = {
        "hosts": checked,
        "ssh": ssh_to(config, bastion=hosts.get(config.bastion_host or "")),
        "internet_targets": list(config.internet_targets),
    }
    after = pulumi.ResourceOptions(depends_on=list(hosts.values()))
    return ReachabilityCheck("reachability", args, after).table


def _checked(config: StackConfig, host: Host, made: DockerHost, hidden: set[str]) -> CheckedHost:
    checked: CheckedHost = {
        "name": host.name,
        "instance_id": made.instance_id,
        "address": made.address,
        "prefix": made.prefix,
        "gateway": made.gateway,
        "ssh_address": made.ssh_address,
        "host_key": made.host_key,
        "open": host.open,
        "network": host.network,
        "networks": declared_networks(host),
        "containers": declared_containers(host),
        "egress_only": host.subnet in hidden,
    }
    if host.apps:
        checked["apps"] = [declared_app(app) for app in host.apps]
    if host.existing is not None:
        checked["ssh"] = ssh_to(config, host)
        checked["upstream_route"] = made.upstream_route
    return checked
