"""Route tables and their associations with subnets."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import REPLACE, REQUIRED_REPLACE, TAGS, Property, ResourceType
from lab.plugins.servicer import Properties

# terraform-provider-aws: routeTableDeletedTimeout.
DELETE_SECONDS: Final = 300
_ROUTE_FIELDS: Final = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
}


def describe(operation: Operation, id: str) -> Any:
    """EC2's description of a route table, or None."""
    answer = found(lambda: operation.ec2.describe_route_tables(RouteTableIds=[id]))
    return answer["RouteTables"][0] if answer and answer["RouteTables"] else None


def _create(operation: Operation, inputs: Properties) -> None:
    answer = operation.ec2.create_route_table(
        VpcId=inputs["vpcId"], **tags.specification("route-table", inputs)
    )
    operation.id = answer["RouteTable"]["RouteTableId"]


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    table = describe(operation, id)
    if table is None:
        return None
    routes = [_route(one) for one in table.get("Routes", []) if one.get("GatewayId") != "local"]
    return {
        "arn": operation.arn(f"route-table/{id}"),
        "ownerId": table.get("OwnerId", operation.account),
        "vpcId": table["VpcId"],
        "propagatingVgws": [],
        "routes": sorted(routes, key=repr),
        **tags.read(table.get("Tags")),
    }


def _route(described: Any) -> dict[str, str]:
    return {key: described.get(name) or "" for key, name in _ROUTE_FIELDS.items()}


def _delete(operation: Operation, id: str, _state: Properties) -> None:
    table = describe(operation, id)
    associations: list[Any] = table.get("Associations", []) if table else []
    for association in associations:
        if not association.get("Main"):
            _disassociate(operation, association["RouteTableAssociationId"])
    what = f"Route Table ({id}) to be free of associations"
    call = lambda: operation.ec2.delete_route_table(RouteTableId=id)  # noqa: E731
    operation.retry(what, call, ("DependencyViolation",), DELETE_SECONDS)


def _disassociate(operation: Operation, id: str) -> None:
    found(lambda: operation.ec2.disassociate_route_table(AssociationId=id))


def _associate(operation: Operation, inputs: Properties) -> None:
    target = {"SubnetId": "subnetId", "GatewayId": "gatewayId"}
    arguments = {name: inputs[key] for name, key in target.items() if key in inputs}
    answer = operation.ec2.associate_route_table(RouteTableId=inputs["routeTableId"], **arguments)
    operation.id = answer["AssociationId"]


def _association(operation: Operation, id: str, state: Properties) -> tuple[str, Any] | None:
    """The table and the association: by id, else by subnet, since a new table gives a new id."""
    filters = [{"Name": "association.route-table-association-id", "Values": [id]}]
    by_subnet = [{"Name": "association.subnet-id", "Values": [state.get("subnetId", "")]}]
    for wanted in [filters, by_subnet] if state.get("subnetId") else [filters]:
        for table in operation.ec2.describe_route_tables(Filters=wanted)["RouteTables"]:
            for one in table["Associations"]:
                if one["RouteTableAssociationId"] == id or one.get("SubnetId") == state.get("subnetId", ""):
                    return table["RouteTableId"], one
    return None


def _find_association(operation: Operation, id: str, state: Properties) -> Properties | None:
    # `pulumi import` names an association SUBNET/TABLE, as the real provider does.
    subnet_id, separator, _ = id.partition("/")
    known = _association(operation, id, {"subnetId": subnet_id} if separator else state)
    if known is None:
        return None
    table_id, association = known
    return {
        "id": association["RouteTableAssociationId"],
        "routeTableId": table_id,
        "subnetId": association.get("SubnetId", ""),
        "gatewayId": association.get("GatewayId", ""),
    }


def _move_association(operation: Operation, _id: str, old: Properties, new: Properties) -> None:
    if new["routeTableId"] != old["routeTableId"]:
        operation.ec2.replace_route_table_association(
            AssociationId=old["id"], RouteTableId=new["routeTableId"]
        )


def _delete_association(operation: Operation, id: str, state: Properties) -> None:
    known = _association(operation, id, state)
    if known is not None:
        _disassociate(operation, known[1]["RouteTableAssociationId"])


ROUTE_TABLE: Final = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    noun="Route Table",
    properties={"vpcId": REQUIRED_REPLACE, "tags": TAGS},
    create=_create,
    find=_find,
    update=tags.update,
    delete=_delete,
    advice={"routes": "give each route as a Route resource"},
)

ROUTE_TABLE_ASSOCIATION: Final = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    noun="Route Table Association",
    properties={
        "routeTableId": Property(required=True),
        "subnetId": REPLACE,
        "gatewayId": REPLACE,
    },
    create=_associate,
    find=_find_association,
    update=_move_association,
    delete=_delete_association,
    exactly_one=(("subnetId", "gatewayId"),),
)
