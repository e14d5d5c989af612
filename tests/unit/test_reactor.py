"""What a machine must do follows from the state of its instance and the boots it has had."""

import pytest

from lab.reactor import Action, action_for
from lab.region import Instance, InstanceState

OFF = -1


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
        ("pending", 1, OFF, "start"),
        ("pending", 1, 1, None),
        ("running", 1, 1, None),
        ("running", 2, 1, "reboot"),
        ("running", 4, 1, "reboot"),
        ("running", 2, OFF, None),
        ("stopping", 1, 1, "power off"),
        ("stopped", 1, OFF, None),
        ("pending", 2, OFF, "start"),
        ("shutting-down", 1, 1, "destroy"),
        ("shutting-down", 1, OFF, "destroy"),
        ("terminated", 1, OFF, None),
    ],
)
def test_a_machine_follows_its_instance(
    state: InstanceState, wanted_boot: int, last_boot: int, action: Action | None
) -> None:
    assert action_for(instance(state, wanted_boot), last_boot) == action
