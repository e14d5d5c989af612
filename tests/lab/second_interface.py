"""A second interface that EC2 attaches to a host, and the netplan file that somebody wrote for it by hand."""

import shlex

from lab.machines import Host
from tests.lab.ec2_network import ec2

_FILE = "/etc/netplan/70-second.yaml"
_TEXT = """\
network:
  version: 2
  ethernets:
    ens6:
      accept-ra: false
      addresses: [fd00:6::6/64]
      routes: [{to: "::/0", via: "fd00:6::1", table: 106}]
      routing-policy: [{from: "fd00:6::6", table: 106, priority: 106}]
"""


def attach(host: Host, interface_id: str) -> None:
    """Attaches the ENI and waits until the host has it, as ens6."""
    ec2(
        "attach_network_interface",
        NetworkInterfaceId=interface_id,
        InstanceId=host.instance_id,
        DeviceIndex=1,
    )
    host.wait_until_succeeds("ip link show ens6")


def detach(host: Host) -> None:
    """Takes it from the host."""
    answer = ec2("describe_instances", InstanceIds=[host.instance_id])
    interfaces = answer["Reservations"][0]["Instances"][0]["NetworkInterfaces"]
    (attachment,) = [one["Attachment"] for one in interfaces if one["Attachment"]["DeviceIndex"] == 1]
    ec2("detach_network_interface", AttachmentId=attachment["AttachmentId"], Force=True)
    host.wait_until_succeeds("! ip link show ens6")


def write_file(host: Host) -> None:
    """Writes the file; nothing is applied by this."""
    host.succeed(f"(umask 077; printf %s {shlex.quote(_TEXT)} >{_FILE})")


def remove_file(host: Host) -> None:
    """Removes it, also where there is none, and applies what is left."""
    host.succeed(f"rm -f {_FILE} && netplan apply")


def is_as_the_file_says(host: Host) -> bool:
    """Whether the interface gets the rule and the route that the file gives it; raises CommandFailed."""
    host.wait_until_succeeds("ip -6 rule | grep -P '^106:\\tfrom fd00:6::6 lookup 106'")
    host.wait_until_succeeds("ip -6 route show table 106 | grep -F 'default via fd00:6::1 dev ens6'")
    return True
