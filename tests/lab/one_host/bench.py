"""A host with Docker, and what is asked of it before and after its steps."""

import time

from lab.machines import Host
from tests.lab.ec2_network import Network, make_interface, run_instance
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import Keys

KEY_NAME = "host-scripts"
NETWORK = "ip -6 route show default; ip -6 -oneline address show dev ens5 scope global; cat /etc/netplan/*"
OTHER_GATEWAY = "fe80:ec2::1"
IN_PLACE = {"web": "a", "api": "b"}


def launch(network: Network, keys: Keys, addresses: tuple[str, ...], *ami: str) -> Host:
    interface = make_interface(network, [f"{network.ipv6_prefix}{one}" for one in addresses])
    return run_instance(interface, keys, KEY_NAME, *ami)


def ready(host: Host) -> None:
    host.wait_for_unit("ssh.service")
    host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")


def eventually_at(steps: HostUnderSteps, expected: dict[str, str]) -> None:
    """Waits until every container runs at the address that is its own."""
    deadline = time.monotonic() + 60
    while (found := {name: steps.address_of(name) for name in expected}) != expected:
        assert time.monotonic() < deadline, f"containers are at {found}, not at {expected}"
        time.sleep(0.5)
