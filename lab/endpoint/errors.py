"""EC2's refusals: its codes and, where they were seen in public reports, its own words.

The codes are those of https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html. A function whose
docstring says "seen" repeats a message that EC2 was seen to give; the words of the others are the lab's.
"""

from moto.ec2.exceptions import EC2ClientError


def refused(code: str, message: str) -> EC2ClientError:
    """An error of EC2 with this code."""
    return EC2ClientError(code, message)


def bad_value(message: str) -> EC2ClientError:
    """InvalidParameterValue."""
    return refused("InvalidParameterValue", message)


def bad_parameter(name: str, value: object) -> EC2ClientError:
    """InvalidParameterValue for a parameter that cannot be read (seen for ipv6-cidr-block)."""
    return bad_value(f"invalid value for parameter {name}: {value}")


def bad_combination(message: str) -> EC2ClientError:
    """InvalidParameterCombination."""
    return refused("InvalidParameterCombination", message)


def missing_parameter(name: str) -> EC2ClientError:
    """MissingParameter (seen)."""
    return refused("MissingParameter", f"The request must contain the parameter {name}")


def outside_subnet(address: object) -> EC2ClientError:
    """An address that is not one of the subnet's (seen)."""
    return bad_value(f"Address {address} does not fall within the subnet's address range")


def reserved_address(address: object) -> EC2ClientError:
    """An address that EC2 keeps for itself (seen)."""
    return bad_value(f"Address {address} is in subnet's reserved address range")


def address_in_use(address: object) -> EC2ClientError:
    """An address that some interface or mapping has (seen at RunInstances)."""
    return refused("InvalidIPAddress.InUse", f"Address {address} is in use.")


def one_way_to_give_ipv6() -> EC2ClientError:
    """Addresses and prefixes in one CreateNetworkInterface, which its API page excludes."""
    return bad_combination(
        "You can specify one and only one of ipv6Address or ipv6AddressCount or ipv6Prefix or ipv6PrefixCount"
    )


def one_way_to_give_ipv6_at_launch() -> EC2ClientError:
    """Addresses and prefixes for one interface of RunInstances (seen)."""
    return bad_value(
        "You can specify one and only one of ipv6Address or ipv6AddressCount or ipv6Prefix or ipv6PrefixCount"
        " in interfaces to create."
    )


def too_many_addresses(instance_type: str, limit: int, wanted: int) -> EC2ClientError:
    """More addresses than an interface of this type holds: the code for both families, the lab's words."""
    return refused(
        "PrivateIpAddressLimitExceeded",
        f"Number of addresses will exceed limit: {wanted}, but {instance_type} holds {limit}.",
    )


def too_many_interfaces(instance_type: str, count: int) -> EC2ClientError:
    """More interfaces than the type holds (seen)."""
    return refused(
        "AttachmentLimitExceeded", f"Interface count {count} exceeds the limit for {instance_type}"
    )


def interface_in_use(interface_id: str) -> EC2ClientError:
    """An attached interface, to be attached again (seen)."""
    return refused("InvalidNetworkInterface.InUse", f"Interface: [{interface_id}] in use.")


def has_dependencies(kind: str, id: str) -> EC2ClientError:
    """A resource that others need, to be deleted (seen)."""
    return refused("DependencyViolation", f"The {kind} '{id}' has dependencies and cannot be deleted.")


def wrong_state(message: str) -> EC2ClientError:
    """IncorrectInstanceState."""
    return refused("IncorrectInstanceState", message)


def different_request() -> EC2ClientError:
    """A client token that came before with other arguments (seen)."""
    return refused(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    )
