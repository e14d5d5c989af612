"""Single routes of a route table."""

from __future__ import annotations

import zlib
from typing import Any, Final

from lab.plugins.aws import canonical
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.resources import route_tables
from lab.plugins.aws.table import COMPUTED, PLAIN, REQUIRED_REPLACE, Property, ResourceType
from lab.plugins.servicer import Properties, ProviderError

DESTINATIONS: Final = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
}
TARGETS: Final = {
    "gatewayId": "GatewayId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
}


def _destination(inputs: Properties) -> tuple[str, str]:
    key = next(key for key in DESTINATIONS if inputs.get(key))
    return DESTINATIONS[key], inputs[key]


def _target(inputs: Properties) -> dict[str, str]:
    return {name: inputs[key] for key, name in TARGETS.items() if inputs.get(key)}


def route_id(table_id: str, destination: str) -> str:
    """The id the real provider makes up (`RouteCreateID`): table and a checksum of the destination."""
    return f"r-{table_id}{zlib.crc32(destination.encode())}"


def _create(operation: Operation, inputs: Properties) -> None:
    name, destination = _destination(inputs)
    table_id = inputs["routeTableId"]
    # EC2 takes the same route twice without an error, but then two resources would be one route.
    if _described(operation, table_id, name, destination) is not None:
        where = f"Route in Route Table ({table_id}) with destination ({destination})"
        raise ProviderError(f"creating {where}: RouteAlreadyExists: there is a route to it already")
    operation.ec2.create_route(RouteTableId=table_id, **{name: destination}, **_target(inputs))
    operation.id = route_id(table_id, destination)


def _described(operation: Operation, table_id: str, name: str, destination: str) -> Any:
    table = route_tables.describe(operation, table_id)
    routes: list[Any] = table.get("Routes", []) if table else []
    for route in routes:
        given = route.get(name)
        if given is not None and canonical.network(given) == canonical.network(destination):
            return route
    return None


def _find(operation: Operation, id: str, state: Properties) -> Properties | None:
    # `pulumi import` names a route TABLE_DESTINATION, as the real provider does.
    table_id, separator, destination = id.partition("_")
    if separator:
        key = "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock"
        state = {"routeTableId": table_id, key: destination}
    if not state.get("routeTableId"):
        return None
    name, destination = _destination(state)
    route = _described(operation, state["routeTableId"], name, destination)
    if route is None:
        return None
    return {
        "id": route_id(state["routeTableId"], destination),
        "routeTableId": state["routeTableId"],
        **{key: destination if field == name else "" for key, field in DESTINATIONS.items()},
        **{key: route.get(field) or "" for key, field in TARGETS.items()},
        "instanceId": route.get("InstanceId", ""),
        "instanceOwnerId": route.get("InstanceOwnerId", ""),
        "origin": route.get("Origin", "CreateRoute"),
        "state": route.get("State", "active"),
    }


def _update(operation: Operation, _id: str, old: Properties, new: Properties) -> None:
    target = _target(new)
    if target != _target(old):
        name, destination = _destination(new)
        operation.ec2.replace_route(RouteTableId=new["routeTableId"], **{name: destination}, **target)


def _delete(operation: Operation, _id: str, state: Properties) -> None:
    name, destination = _destination(state)
    found(lambda: operation.ec2.delete_route(RouteTableId=state["routeTableId"], **{name: destination}))


ROUTE: Final = ResourceType(
    token="aws:ec2/route:Route",
    noun="Route",
    properties={
        "routeTableId": REQUIRED_REPLACE,
        **{key: Property("replace", canonical=canonical.network) for key in DESTINATIONS},
        "gatewayId": PLAIN,
        "egressOnlyGatewayId": PLAIN,
        "natGatewayId": PLAIN,
        "networkInterfaceId": COMPUTED,
    },
    create=_create,
    find=_find,
    update=_update,
    delete=_delete,
    exactly_one=(tuple(DESTINATIONS), tuple(TARGETS)),
)
