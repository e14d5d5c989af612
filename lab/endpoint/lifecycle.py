"""The operations on instances after their launch."""

import base64
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.models.instances import MetadataOptions
from moto.ec2.responses import EC2Response

from .backend import StrictBackend
from .context import current
from .errors import bad_combination, refused, wrong_state
from .instance_limits import limits_of
from .interface_wishes import check_groups
from .interfaces import check_interface_fits
from .launches import check_metadata_options, checked_user_data

CONSOLE_BYTES = 64 * 1024
"""Of a console, EC2 keeps the end (EC2 API reference, GetConsoleOutput)."""
METADATA_FIELDS = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


class InstanceOperations(EC2Response):
    """Start, stop, reboot, terminate and change instances."""

    def terminate_instances(self) -> ActionResult:
        """TerminateInstances."""
        changes = self._change_all("terminate", "disable_api_termination")
        return ActionResult({"TerminatingInstances": changes})

    def stop_instances(self) -> ActionResult:
        """StopInstances."""
        return ActionResult({"StoppingInstances": self._change_all("stop", "disable_api_stop")})

    def start_instances(self) -> ActionResult:
        """StartInstances."""
        return ActionResult({"StartingInstances": self._change_all("start")})

    def reboot_instances(self) -> ActionResult:
        """RebootInstances."""
        self._change_all("reboot")
        return EmptyResult()

    def _change_all(self, verb: str, protection: str | None = None) -> list[dict[str, Any]]:
        instances = self._named_instances()
        for instance in instances:
            if protection and getattr(instance, protection):
                raise refused(
                    "OperationNotPermitted",
                    f"The instance '{instance.id}' is protected against this: {verb}.",
                )
        self.error_on_dryrun()
        return [_change(instance, verb) for instance in instances]

    def _named_instances(self) -> list[Any]:
        ids = self._get_param("InstanceIds", [])
        if not ids:
            raise bad_combination("No instances specified")
        return self.ec2_backend.get_multi_instances_by_id(ids)

    def get_console_output(self) -> ActionResult:
        """GetConsoleOutput: the end of what the machine wrote. It is always the latest, also unasked."""
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        if self._get_bool_param("Latest") and not limits_of(instance.instance_type).nitro:
            raise refused(
                "UnsupportedOperation",
                "This instance type does not support retrieving the latest console logs.",
            )
        kept = current().console(instance.id).encode()[-CONSOLE_BYTES:]
        text = kept.decode(errors="ignore")
        return ActionResult(
            {
                "InstanceId": instance.id,
                "Timestamp": utcnow(),
                "Output": Base64EncodedString.from_raw_string(text),
            }
        )

    def modify_instance_metadata_options(self) -> ActionResult:
        """ModifyInstanceMetadataOptions: what is not named stays."""
        instance: Any = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        request = self._get_params()
        check_metadata_options(request)
        self.error_on_dryrun()
        before = {name: getattr(instance.metadata_options, field) for name, field in METADATA_FIELDS.items()}
        named = {name: request[name] for name in METADATA_FIELDS if request.get(name) is not None}
        instance.metadata_options = MetadataOptions({**before, **named})
        return ActionResult({"InstanceId": instance.id, "InstanceMetadataOptions": instance.metadata_options})

    def modify_instance_attribute(self) -> ActionResult:
        """ModifyInstanceAttribute, with EC2's conditions on type, user data, groups and the check."""
        backend: StrictBackend = self.ec2_backend
        instance: Any = backend.get_instance(self._get_param("InstanceId"))
        request = self._get_params()
        self.error_on_dryrun()
        if "UserData" in request:
            _must_be_stopped(instance)
            # A blob here, which the request's parser has decoded; moto keeps user data encoded.
            instance.user_data = checked_user_data(base64.b64encode(request["UserData"].get("Value") or b""))
        elif "InstanceType" in request:
            _must_be_stopped(instance)
            change_type(instance, request["InstanceType"]["Value"])
        elif "SourceDestCheck" in request:
            instance.nics[0].source_dest_check = request["SourceDestCheck"]["Value"]
        elif "InstanceInitiatedShutdownBehavior" in request:
            behavior = request["InstanceInitiatedShutdownBehavior"]["Value"]
            instance.instance_initiated_shutdown_behavior = behavior
        elif request.get("Groups"):
            check_groups(backend, request["Groups"], instance.nics[0].vpc_id)
            groups = [backend.get_security_group_from_id(group_id) for group_id in request["Groups"]]
            instance.security_groups = groups
        else:
            return super().modify_instance_attribute()
        return EmptyResult()


def _change(instance: Any, verb: str) -> dict[str, Any]:
    before = getattr(instance, verb)()
    return {
        "InstanceId": instance.id,
        "CurrentState": {"Code": instance.state_code, "Name": instance.state},
        "PreviousState": before,
    }


def _must_be_stopped(instance: Any) -> None:
    if instance.state != "stopped":
        raise wrong_state(f"The instance '{instance.id}' is not in the 'stopped' state.")


def change_type(instance: Any, instance_type: str) -> None:
    """Give the instance another type, one that holds its interfaces. Raises EC2ClientError."""
    limits_of(instance_type)
    for interface in instance.nics.values():
        check_interface_fits(interface, instance_type)
    instance.instance_type = instance_type
