"""cloud-init as the tests of this folder meet it on a host."""

from lab.machines import Host
from tests.lab.hosts import boot_again

DONE = "cloud-init status --wait >/dev/null; test $? -le 2"
"""Waits for its end, with or without an error."""


def make_well(host: Host) -> None:
    """Waits until it is through, and boots once more where what the user data had it run failed."""
    host.wait_until_succeeds(DONE, timeout=120)
    host.succeed("touch /root/well")
    if host.run(["cloud-init", "status"]).returncode == 1:
        boot_again(host, Host.reboot)
        host.wait_until_succeeds(DONE, timeout=120)
