"""The operations on security groups and key pairs, as strict as EC2's."""

from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter

from .backend import StrictBackend
from .errors import bad_value, refused

PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
WITH_PORTS = ("tcp", "udp", "icmp")


class SecurityGroupOperations(EC2Response):
    """Security groups and their rules."""

    def authorize_security_group_ingress(self) -> ActionResult:
        """AuthorizeSecurityGroupIngress."""
        self._normalise()
        return super().authorize_security_group_ingress()

    def authorize_security_group_egress(self) -> ActionResult:
        """AuthorizeSecurityGroupEgress."""
        self._normalise()
        return super().authorize_security_group_egress()

    def revoke_security_group_ingress(self) -> ActionResult:
        """RevokeSecurityGroupIngress."""
        self._normalise()
        return super().revoke_security_group_ingress()

    def revoke_security_group_egress(self) -> ActionResult:
        """RevokeSecurityGroupEgress."""
        self._normalise()
        return super().revoke_security_group_egress()

    def _normalise(self) -> None:
        for permission in self.params.get("IpPermissions", []) or [self.params]:
            if permission.get("IpProtocol") is not None:
                permission.update(normalised(permission))

    def modify_security_group_rules(self) -> ActionResult:
        """ModifySecurityGroupRules: all protocols need no ports."""
        backend: StrictBackend = self.ec2_backend
        for change in self.params.get("SecurityGroupRules", []):
            rule = change["SecurityGroupRule"]
            if rule.get("IpProtocol") is not None:
                rule.update(normalised(rule))
            if rule.get("IpProtocol") == "-1":
                rule.update(FromPort=-1, ToPort=-1)
        answer = super().modify_security_group_rules()
        group = backend.get_security_group_from_id(self._get_param("GroupId"))
        for change in self.params.get("SecurityGroupRules", []):
            change_peer(group, change["SecurityGroupRuleId"], change["SecurityGroupRule"])
        return answer

    def delete_security_group(self) -> ActionResult:
        """DeleteSecurityGroup: of one that neither an interface nor another group's rule names."""
        backend: StrictBackend = self.ec2_backend
        group_id = self._get_param("GroupId")
        group = backend.get_security_group_from_id(group_id) if group_id else None
        self.error_on_dryrun()
        if group and group.is_default:
            raise refused(
                "CannotDelete",
                f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user',
            )
        if group and group_in_use(backend, group):
            raise refused("DependencyViolation", f"resource {group.id} has a dependent object")
        return super().delete_security_group()


class KeyPairOperations(EC2Response):
    """Key pairs."""

    def describe_key_pairs(self) -> ActionResult:
        """DescribeKeyPairs: also by key pair id."""
        check_key_names(self.ec2_backend, self._get_param("KeyNames", []))
        ids = self._get_param("KeyPairIds", [])
        if ids:
            self.params["Filters"] = [
                *self._get_param("Filters", []),
                {"Name": "key-pair-id", "Values": ids},
            ]
            found = generic_filter({"key-pair-id": ids}, list(self.ec2_backend.key_pairs.values()))
            absent = set(ids) - {pair.id for pair in found}
            if absent:
                raise refused("InvalidKeyPair.NotFound", f"The key pair ID '{min(absent)}' does not exist")
        return super().describe_key_pairs()

    def delete_key_pair(self) -> ActionResult:
        """DeleteKeyPair: by name or by id; one that does not exist is no error."""
        key_pair_id = self._get_param("KeyPairId")
        for pair in self.ec2_backend.key_pairs.values():
            if pair.id == key_pair_id:
                self.params["KeyName"] = pair.key_name
        return super().delete_key_pair()

    def import_key_pair(self) -> ActionResult:
        """ImportKeyPair: an OpenSSH public key under a new name."""
        try:
            return super().import_key_pair()
        except UnsupportedAlgorithm:
            raise bad_key() from None
        except EC2ClientError as error:
            raise (bad_key() if error.code == "InvalidKeyPair.Format" else error) from None


def bad_key() -> EC2ClientError:
    """InvalidKey.Format (seen)."""
    return refused("InvalidKey.Format", "Key is not in valid OpenSSH public key format")


def normalised(rule: Any) -> dict[str, Any]:
    """The rule's protocol under EC2's name and its ports as EC2 keeps them. Raises EC2ClientError."""
    protocol = PROTOCOL_NAMES.get(str(rule["IpProtocol"]).lower(), str(rule["IpProtocol"]).lower())
    ports = (rule.get("FromPort"), rule.get("ToPort"))
    if protocol in WITH_PORTS and None in ports:
        raise bad_value("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
    if protocol == "-1":
        return {"IpProtocol": protocol}
    if protocol not in WITH_PORTS:
        return {
            "IpProtocol": protocol,
            "FromPort": -1 if ports[0] is None else ports[0],
            "ToPort": -1 if ports[1] is None else ports[1],
        }
    if protocol in ("tcp", "udp") and not 0 <= int(str(ports[0])) <= int(str(ports[1])) <= 65535:
        raise bad_value(f"Invalid TCP/UDP port range ({ports[0]}:{ports[1]})")
    return {"IpProtocol": protocol}


def rule_description(rule: Any) -> str | None:
    """A rule's description; moto forgets the one of a rule that names a group."""
    return (rule.source_group or rule.ip_range).get("Description")


def change_peer(group: Any, rule_id: str, wishes: Any) -> None:
    """Set what moto leaves of a changed rule: its network, its description, no ports for all protocols."""
    rule = group.get_rule(rule_id)
    for wish, key in (("CidrIpv4", "CidrIp"), ("CidrIpv6", "CidrIpv6")):
        if wishes.get(wish):
            rule.ip_range = {key: wishes[wish]}
    if wishes.get("ReferencedGroupId"):
        rule.source_group = {**rule.source_group, "GroupId": wishes["ReferencedGroupId"]}
    peer = rule.source_group if rule.source_group else rule.ip_range
    peer.pop("Description", None)
    if wishes.get("Description"):
        peer["Description"] = wishes["Description"]
    if rule.ip_protocol == "-1":
        rule.from_port = rule.to_port = None


def group_in_use(backend: StrictBackend, group: Any) -> bool:
    """Whether an interface has the group or another group's rule names it."""
    if any(group in interface.group_set for interface in backend.enis.values()):
        return True
    return any(rule.source_group.get("GroupId") == group.id for rule in _rules_of_others(backend, group))


def _rules_of_others(backend: StrictBackend, group: Any) -> Iterable[Any]:
    for groups in backend.groups.values():
        for other in groups.values():
            if other.id != group.id:
                yield from (*other.ingress_rules, *other.egress_rules)


def check_key_names(backend: StrictBackend, names: list[str]) -> None:
    """Every key pair exists. Raises EC2ClientError."""
    for name in names:
        if name not in backend.key_pairs:
            raise refused("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
