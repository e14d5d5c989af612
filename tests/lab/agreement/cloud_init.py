"""cloud-init as the tests of this folder meet it on a host."""

from lab.machines import Host
from tests.lab.hosts import boot_again

MAY_END, WELL = "/root/may-end", "/root/well"
"""Until the first is there cloud-init is busy, as the user data has it; without the second it fails then."""
DONE = "cloud-init status --wait >/dev/null; test $? -le 2"
"""Waits for its end, with or without an error."""


def make_well(host: Host) -> None:
    """Waits until it is through, and boots once more where what the user data had it run failed."""
    host.wait_until_succeeds(f"touch {MAY_END}")
    host.wait_until_succeeds(DONE, timeout=240)
    host.succeed(f"touch {WELL}")
    if host.run(["cloud-init", "status"]).returncode == 1:
        boot_again(host, Host.reboot)
        host.wait_until_succeeds(DONE, timeout=240)
