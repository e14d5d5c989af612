"""The instances of the running lab as its endpoint describes them, from any process of this computer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lab.errors import LabError
from lab.names import ACCESS_KEY_ID, ENDPOINT_URL, OPERATOR_NAMESPACE, REGION, SECRET_ACCESS_KEY, STACK

_STACK_TAG: Final = "dualstack:stack"
"""The program's tag that says which stack an instance is of."""
_LAB_STACK: Final = f"dualstack/{STACK}"
"""That tag's value on the instances of the lab's own stack: the project, then the stack."""


@dataclass(frozen=True)
class Listed:
    """An instance for people."""

    id: str
    name: str
    """Its Name tag, empty without one."""
    stack: str
    """Which stack made it, as `project/stack`; empty when no stack of this program did."""
    state: str
    """EC2's word, such as `running`."""
    address: str
    """The first IPv6 address of its first interface: the host's own; empty without one."""


def ec2_client() -> Any:
    """An EC2 client for the lab. It must be used in the operator's namespace."""
    import boto3  # not above: it takes half a second to load, and most commands need none

    session: Any = boto3.Session()  # untyped, as boto3 makes its clients at run time
    return session.client(
        "ec2",
        endpoint_url=ENDPOINT_URL,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


def listing() -> list[Listed]:
    """All instances, also terminated ones. Raises LabError when the endpoint does not answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    from lab.fabric import namespaces

    try:
        return namespaces.inside(OPERATOR_NAMESPACE, _listing)
    except (BotoCoreError, ClientError, FileNotFoundError) as problem:
        raise LabError(f"the lab's endpoint does not answer: {problem}") from problem


def find(name: str) -> Listed:
    """The living instance that `name` means, as `choose` says. Raises LookupError, LabError."""
    return choose(name, living(listing()))


def living(listed: Sequence[Listed]) -> list[Listed]:
    """Those that are not terminated: EC2 lists those for an hour more."""
    return [one for one in listed if one.state != "terminated"]


def choose(name: str, known: Sequence[Listed]) -> Listed:
    """The one that `name` means: an id, a Name tag, or else the words a single Name tag begins with.

    Words end at a `-`: `host-1` means `host-1-instance`, never `host-10`. Of several, that of the lab's own
    stack is meant. Raises LookupError, naming the instances there are.
    """
    found = (
        [one for one in known if one.id == name]
        or [one for one in known if name and one.name == name]
        or [one for one in known if name and one.name.startswith(f"{name}-")]
    )
    if len(found) > 1:
        found = [one for one in found if one.stack == _LAB_STACK] or found
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{one.id} ({one.name}, {one.stack or 'of no stack'})" for one in found)
        raise LookupError(f"{name!r} means {len(found)} instances; name one by its id: {ids}")
    if not known:
        raise LookupError(f"no instance is called {name!r}: the lab has none; `pulumi up` makes them")
    names = ", ".join(sorted({one.name or one.id for one in known}))
    raise LookupError(f"no instance is called {name!r}; there are: {names}")


def table(listed: Sequence[Listed], is_on: Callable[[str], bool]) -> list[str]:
    """The lines of a table of these instances, aligned, under one of headings.

    `is_on` says of an instance id whether its machine runs.
    """
    rows = [("NAME", "STACK", "STATE", "MACHINE", "ADDRESS", "ID")]
    for one in sorted(listed, key=lambda one: (one.stack, one.name, one.id)):
        machine = "on" if is_on(one.id) else "off"
        rows.append((one.name or "-", one.stack or "-", one.state, machine, one.address or "-", one.id))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _listing() -> list[Listed]:
    reservations = ec2_client().describe_instances()["Reservations"]
    return [_listed(instance) for reservation in reservations for instance in reservation["Instances"]]


def _listed(instance: dict[str, Any]) -> Listed:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    interfaces: list[dict[str, Any]] = instance.get("NetworkInterfaces", [])
    interfaces = sorted(interfaces, key=lambda interface: interface["Attachment"]["DeviceIndex"])
    addresses = [address["Ipv6Address"] for one in interfaces[:1] for address in one.get("Ipv6Addresses", [])]
    return Listed(
        id=instance["InstanceId"],
        name=tags.get("Name", ""),
        stack=tags.get(_STACK_TAG, ""),
        state=instance["State"]["Name"],
        address=next(iter(addresses), ""),
    )
