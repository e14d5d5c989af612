"""The kernel step: both families are forwarded, from before dockerd starts."""

from .files import HostFile

_FORWARDING = """\
# Written by dualstack. The host routes between its network interface and its containers.
net.ipv4.ip_forward = 1
net.ipv6.conf.default.forwarding = 1
net.ipv6.conf.all.forwarding = 1
"""


def kernel_files() -> tuple[HostFile, ...]:
    """One file for sysctl.d(5). Engine 28 and later leave the FORWARD policy alone when it is on already."""
    return (HostFile("/etc/sysctl.d/99-dualstack.conf", _FORWARDING),)
