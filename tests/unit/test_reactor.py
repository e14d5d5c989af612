"""What a machine must do follows from the state of its instance and the boots it has had."""

import threading
from dataclasses import replace

import pytest

from lab import reactor
from lab.fabric import Fabric
from lab.image import Image
from lab.reactor import Action, Reactor, action_for
from lab.region import Instance, InstanceState, Region

NEVER = -1


def instance(state: InstanceState, boot_serial: int) -> Instance:
    return Instance(
        id="i-0123456789abcdef0",
        state=state,
        image_id="ami-0d0c6e12a1b13d0ce",
        instance_type="t3.medium",
        availability_zone="eu-central-1a",
        interface_ids=("eni-0123456789abcdef0",),
        key_name=None,
        public_key=None,
        user_data="",
        http_tokens="required",
        http_endpoint_enabled=True,
        http_protocol_ipv6=True,
        hop_limit=1,
        boot_serial=boot_serial,
    )


@pytest.mark.parametrize(
    ("state", "wanted_boot", "last_boot", "action"),
    [
        ("pending", 1, NEVER, "start"),
        ("pending", 1, 1, None),
        ("running", 1, 1, None),
        ("running", 2, 1, "reboot"),
        ("running", 4, 1, "reboot"),
        ("running", 2, NEVER, None),
        ("stopping", 1, 1, "power off"),
        ("stopped", 1, 1, None),
        ("pending", 2, 1, "start"),
        ("shutting-down", 1, 1, "destroy"),
        ("shutting-down", 1, NEVER, "destroy"),
        ("terminated", 1, NEVER, None),
    ],
)
def test_a_machine_follows_its_instance(
    state: InstanceState, wanted_boot: int, last_boot: int, action: Action | None
) -> None:
    assert action_for(instance(state, wanted_boot), last_boot) == action


class Machine:
    """A machine that only counts."""

    def __init__(self, *_: object, **__: object) -> None:
        self.starts = 0
        Machine.last = self

    def start(self) -> None:
        self.starts += 1

    def destroy(self) -> None:
        pass

    last: "Machine"


class NoFabric:
    def apply(self, wanted: Fabric) -> None:
        pass


class SlowCloud:
    """Its second answer was true when it was asked for, and is no more when it arrives."""

    def __init__(self) -> None:
        self.instance = instance("pending", 1)
        self.is_running = threading.Event()
        self.passes = 0

    def region(self) -> Region:
        answer = Region("eu-central-1", (), (), (), (), (), (), (self.instance,))
        self.passes += 1
        if self.passes == 2:
            self.is_running.wait(5)
            while any(thread.name.startswith("start ") for thread in threading.enumerate()):
                pass
        return answer

    def instance_running(self, instance_id: str) -> None:
        self.instance = replace(self.instance, state="running")
        self.is_running.set()

    instance_stopped = instance_terminated = instance_running


def test_old_news_of_an_instance_does_not_start_its_machine_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "Machine", Machine)
    cloud = SlowCloud()
    image = Image("debian-13", ())
    following = Reactor(cloud, NoFabric(), lambda _: image, print)
    for _ in range(3):
        following._pass()
    assert (cloud.passes, Machine.last.starts) == (3, 1)
