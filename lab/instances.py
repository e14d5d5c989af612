"""The instances of the running lab as its endpoint describes them, from any process of this computer."""

from dataclasses import dataclass
from typing import Any

from lab.errors import LabError
from lab.names import ACCESS_KEY_ID, ENDPOINT_URL, OPERATOR_NAMESPACE, REGION, SECRET_ACCESS_KEY


@dataclass(frozen=True)
class Listed:
    """An instance for people: `name` is its Name tag, empty without one."""

    id: str
    name: str
    state: str
    ipv6_addresses: tuple[str, ...]


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
    """The living instance with this id or Name tag.

    Raises LookupError, naming the instances there are; LabError.
    """
    known = [one for one in listing() if one.state != "terminated"]
    found = [one for one in known if name in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id for one in found)
        raise LookupError(f"{len(found)} instances are called {name!r}; name one by its id: {ids}")
    names = ", ".join(sorted(one.name or one.id for one in known)) or "none"
    raise LookupError(f"no instance is called {name!r}; there are: {names}")


def _listing() -> list[Listed]:
    reservations = ec2_client().describe_instances()["Reservations"]
    return [_listed(instance) for reservation in reservations for instance in reservation["Instances"]]


def _listed(instance: dict[str, Any]) -> Listed:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    addresses = [
        address["Ipv6Address"]
        for interface in instance.get("NetworkInterfaces", [])
        for address in interface.get("Ipv6Addresses", [])
    ]
    return Listed(instance["InstanceId"], tags.get("Name", ""), instance["State"]["Name"], tuple(addresses))
