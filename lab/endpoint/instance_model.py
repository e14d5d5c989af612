"""moto's instance with EC2's life: pending until its machine runs, with interfaces that may outlive it."""

import copy
from collections.abc import Sequence
from typing import Any

from moto.ec2.models.instances import Instance, InstanceState, MetadataOptions

from .context import current
from .errors import wrong_state

STATE_CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}


class StrictInstance(Instance):
    """An instance. Its launch was checked before it is made; its interfaces are given, by device index."""

    def __init__(self, backend: Any, *args: Any, nics: Sequence[Any] = (), **options: Any) -> None:
        self._given_interfaces = nics
        self._groups: list[Any] = []
        self.boot_serial = 1
        self.launch_public_key: str | None = None
        super().__init__(backend, *args, nics=[], **options)
        self._placement.zone = self.nics[0].subnet.availability_zone
        self.metadata_options = MetadataOptions(options.get("metadata_options", {}))
        key_pair = self.ec2_backend.key_pairs.get(self.key_name or "")
        self.launch_public_key = key_pair.public_key.strip() if key_pair else None
        self.enter("pending" if current().machines else "running")

    def prep_nics(self, *_: Any, **__: Any) -> None:
        """Attach the interfaces that were made or found for this instance."""
        self.nics = {}
        for device_index, (interface, delete_on_termination) in enumerate(self._given_interfaces):
            self.attach_eni(interface, device_index)
            interface.delete_on_termination = delete_on_termination

    def enter(self, name: str) -> None:
        """Be in this state from now on."""
        self._state = InstanceState(name, STATE_CODES[name])

    @property
    def security_groups(self) -> list[Any]:
        """Those of the first interface, as EC2 has it."""
        first = self.first_interface()
        return first.group_set if first else self._groups

    @security_groups.setter
    def security_groups(self, groups: list[Any]) -> None:
        first = self.first_interface()
        if first:
            first.change_groups(groups)
        else:
            self._groups = groups

    def first_interface(self) -> Any:
        """The interface with device index 0; None before the instance has any and once it is terminated."""
        interfaces: Any = getattr(self, "nics", {})
        return interfaces.get(0)

    @property
    def subnet_id(self) -> str | None:
        """The first interface's subnet; none once the instance is terminated."""
        first = self.first_interface()
        return first.subnet.id if first else None

    @property
    def private_ip(self) -> str | None:
        """The first interface's primary IPv4 address."""
        first = self.first_interface()
        return first.private_ip_address if first else None

    @property
    def private_ip_address(self) -> str | None:
        """The same, under the name that answers have for it."""
        return self.private_ip

    @property
    def private_dns_name(self) -> str:
        """The name made from the private address, empty without one."""
        return super().private_dns_name if self.private_ip else ""

    @property
    def public_ip(self) -> str | None:
        """The first interface's public IPv4 address."""
        first = self.first_interface()
        return first.public_ip if first else None

    @property
    def public_ip_address(self) -> str | None:
        """The same, under the name that answers have for it."""
        return self.public_ip

    @property
    def ipv6_address(self) -> str | None:
        """The first interface's first IPv6 address."""
        first = self.first_interface()
        return next(iter(first.ipv6_addresses), None) if first else None

    def start(self) -> InstanceState:
        """Start again after a stop; the state before."""
        before = copy.copy(self._state)
        if before.name in ("pending", "running"):
            return before
        if before.name != "stopped":
            raise wrong_state(f"The instance '{self.id}' is not in a state from which it can be started.")
        super().start()
        self.boot_serial += 1
        self.enter("pending" if current().machines else "running")
        return before

    def stop(self) -> InstanceState:
        """Begin to stop; the state before."""
        before = copy.copy(self._state)
        if before.name in ("stopping", "stopped"):
            return before
        if before.name not in ("pending", "running"):
            raise wrong_state(f"This instance '{self.id}' is not in a state from which it can be stopped.")
        self.enter("stopping")
        if not current().machines:
            self.stopped()
        return before

    def stopped(self) -> None:
        """The machine is off: as it was asked to, or by itself (EC2's shutdown behavior `stop`)."""
        if self.state in ("stopping", "running"):
            super().stop()

    def reboot(self) -> None:
        """Ask the machine to boot again."""
        if self.state != "running":
            raise wrong_state(f"The instance '{self.id}' is not in a state from which it can be rebooted.")
        self.boot_serial += 1

    def terminate(self) -> InstanceState:
        """Begin to terminate; the state before."""
        before = copy.copy(self._state)
        if before.name not in ("shutting-down", "terminated"):
            self.enter("shutting-down")
            if not current().machines:
                self.terminated()
        return before

    def terminated(self) -> None:
        """The machine is gone, or could not be started: free or delete the interfaces and the volumes."""
        if self.state not in ("shutting-down", "pending"):
            return
        # One that is detaching lets go in its own time.
        interfaces: list[Any] = list(self.nics.values())
        interfaces = [interface for interface in interfaces if not interface.is_detaching]
        for interface in interfaces:
            interface.stop()
            self.detach_eni(interface)
        for interface in interfaces:
            if interface.delete_on_termination:
                self.ec2_backend.delete_network_interface(interface.id)
        self.ec2_backend.forget_mappings_of(self)
        self.nics = {}
        super().terminate()

    def running(self) -> None:
        """The machine is up."""
        if self.state == "pending":
            self.enter("running")
