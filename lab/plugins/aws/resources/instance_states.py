"""The states of an instance, and the waits between them."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws.operation import Operation, found
from lab.plugins.servicer import ProviderError

# States from which an instance never comes to the wanted one by itself.
_DEAD_ENDS: Final = {
    "running": ("shutting-down", "terminated", "stopping", "stopped"),
    "stopped": ("shutting-down", "terminated"),
    "terminated": (),
}


def describe(operation: Operation, id: str) -> Any:
    """EC2's description of an instance, or None."""
    answer = found(lambda: operation.ec2.describe_instances(InstanceIds=[id]))
    if not answer or not answer["Reservations"]:
        return None
    return answer["Reservations"][0]["Instances"][0]


def wait_for_state(operation: Operation, id: str, wanted: str, seconds: float) -> None:
    """Waits for a state. Raises `ProviderError` when the instance goes where there is no way back."""

    def missing() -> str | None:
        instance = describe(operation, id)
        state = instance["State"]["Name"] if instance else "terminated"
        if state == wanted:
            return None
        if state in _DEAD_ENDS[wanted]:
            reason: Any = instance.get("StateReason", {}).get("Message") if instance else None
            told = f": {reason}" if reason else ""
            raise ProviderError(f"waiting for EC2 Instance ({id}) to be {wanted}: it is {state}{told}")
        return f"is {state}"

    operation.wait(f"EC2 Instance ({id}) to be {wanted}", missing, seconds)
