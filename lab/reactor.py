"""Makes the fabric and the machines follow the region: the endpoint nudges, the reactor looks and acts.

One thread decides. What takes long (a machine that stops) happens in a thread per instance, at most one at
a time, whose end is a nudge too; so the reactor never waits and never forgets.
"""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from lab.fabric import FabricRuntime, plan
from lab.image import Image
from lab.machines import Machine
from lab.region import Instance, Region

_RETRY_SECONDS: Final = 3.0
_LAST_PASS_SECONDS: Final = 15.0

Action = Literal["start", "reboot", "power off", "destroy"]


class Cloud(Protocol):
    """What the reactor needs of the endpoint."""

    def region(self) -> Region:
        """Everything in the region at this moment."""
        ...

    def instance_running(self, instance_id: str) -> None:
        """To be called when an instance's machine runs."""
        ...

    def instance_stopped(self, instance_id: str) -> None:
        """To be called when an instance's machine is off and its disk is kept."""
        ...

    def instance_terminated(self, instance_id: str) -> None:
        """To be called when an instance's machine and disk are gone."""
        ...


@dataclass
class _Slot:
    """An instance's machine and how far it is."""

    machine: Machine
    boot_serial: int = -1
    worker: threading.Thread | None = None
    is_busy: bool = False
    is_gone: bool = False


def action_for(instance: Instance, boot_serial: int) -> Action | None:
    """What an instance's machine must do, given the serial of its last boot (-1: it never booted)."""
    match instance.state:
        case "pending":
            # A look at the region from just before the machine ran says `pending` as well.
            return "start" if boot_serial < instance.boot_serial else None
        case "running":
            return "reboot" if 0 <= boot_serial < instance.boot_serial else None
        case "stopping":
            return "power off"
        case "shutting-down":
            return "destroy"
        case "stopped" | "terminated":
            return None


class Reactor:
    """`image_of`: the image of an AMI id, which may be built for that. `say`: takes lines for the log."""

    def __init__(
        self,
        cloud: Cloud,
        fabric: FabricRuntime,
        image_of: Callable[[str], Image],
        say: Callable[[str], None],
    ) -> None:
        self._cloud = cloud
        self._fabric = fabric
        self._fabric_lock = threading.Lock()
        self._image_of = image_of
        self._say = say
        self._slots: dict[str, _Slot] = {}
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def nudge(self) -> None:
        """Something in the region changed. Cheap, and never waits."""
        self._nudged.set()

    def close(self) -> None:
        """Ends `run` and takes power and disk from every machine."""
        self._stopping.set()
        self._nudged.set()
        self._ended.wait(_LAST_PASS_SECONDS)
        for slot in self._slots.values():
            slot.machine.destroy()
            if worker := slot.worker:  # it may just have started the machine again
                worker.join(_LAST_PASS_SECONDS)
                slot.machine.destroy()

    def run(self) -> None:
        """Follows the region until `close`. A pass that fails is logged and tried again."""
        while not self._stopping.is_set():
            self._nudged.clear()
            patience = None
            try:
                self._pass()
            except Exception:
                self._say(f"cannot follow the region, tries again:\n{traceback.format_exc()}")
                patience = _RETRY_SECONDS
            self._nudged.wait(patience)
        self._ended.set()

    def _pass(self) -> None:
        # Who was busy when the region was read may have ended since: what was read of him is old news.
        busy = {instance_id for instance_id, slot in self._slots.items() if slot.is_busy}
        region = self._cloud.region()
        with self._fabric_lock:
            self._fabric.apply(plan(region))
        for instance in region.instances:
            if instance.id not in busy:
                self._follow(instance)
        self._forget(set(self._slots) - {instance.id for instance in region.instances} - busy)

    def _forget(self, vanished: set[str]) -> None:
        """Ends the machines of instances that the endpoint knows no more, as after a reset of the region."""
        for instance_id in vanished:
            self._slots.pop(instance_id).machine.destroy()

    def _follow(self, instance: Instance) -> None:
        slot = self._slots.get(instance.id)
        if slot is not None and slot.is_gone:
            return
        action = action_for(instance, slot.boot_serial if slot else -1)
        if action is None:
            return
        if slot is None:
            slot = self._slots[instance.id] = _Slot(self._machine(instance))
        slot.is_busy = True
        slot.worker = threading.Thread(
            target=self._act, args=(action, instance, slot), name=f"{action} {instance.id}", daemon=True
        )
        slot.worker.start()

    def _machine(self, instance: Instance) -> Machine:
        return Machine(
            instance.id,
            lambda: self._image_of(instance.image_id).layers,
            renew_namespace=lambda: self._renew(instance.id),
            on_off=lambda: self._went_off(instance.id),
            say=self._say,
        )

    def _act(self, action: Action, instance: Instance, slot: _Slot) -> None:
        try:
            self._do(action, instance, slot)
        except Exception:
            self._say(f"{instance.id}: cannot {action}:\n{traceback.format_exc()}")
            slot.machine.destroy()
            slot.is_gone = True
            self._cloud.instance_terminated(instance.id)
        finally:
            slot.is_busy = False
            self.nudge()

    def _do(self, action: Action, instance: Instance, slot: _Slot) -> None:
        match action:
            case "start":
                slot.boot_serial = instance.boot_serial
                slot.machine.start()
                self._cloud.instance_running(instance.id)
            case "reboot":
                slot.boot_serial = instance.boot_serial
                slot.machine.reboot()
            case "power off":
                slot.machine.power_off()
                self._cloud.instance_stopped(instance.id)
            case "destroy":
                slot.machine.destroy()
                slot.is_gone = True
                self._cloud.instance_terminated(instance.id)

    def _renew(self, instance_id: str) -> None:
        with self._fabric_lock:
            self._fabric.renew_host_namespace(instance_id)

    def _went_off(self, instance_id: str) -> None:
        self._cloud.instance_stopped(instance_id)
        self.nudge()
