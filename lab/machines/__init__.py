"""The lab's machines: systemd containers on an image, supervised, with verbs for tests and for people."""

from lab.machines.host import CommandFailed, Host, MachineDown
from lab.machines.machine import Machine

__all__ = ["CommandFailed", "Host", "Machine", "MachineDown"]
