"""The kernel step: IPv6 is forwarded, from before dockerd starts.

IPv4 is left to dockerd. It turns forwarding on, and only where it does so itself it has the kernel drop what
no rule of its own lets through. Where forwarding was on before, engines older than 28 leave every port of
every container open over IPv4 to whoever sends packets straight to its private address, such as a neighbour
on the link (Docker Engine release notes, 28.0; measured on 26.1).
"""

from .files import HostFile

_FORWARDING = """\
# Written by dualstack. The host routes between its network interface and its containers.
net.ipv6.conf.default.forwarding = 1
net.ipv6.conf.all.forwarding = 1
"""


def kernel_files() -> tuple[HostFile, ...]:
    """One file for sysctl.d(5)."""
    return (HostFile("/etc/sysctl.d/99-dualstack.conf", _FORWARDING),)
