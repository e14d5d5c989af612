"""`pulumi destroy` leaves nothing of the subnets and their gateways. It comes last."""

from tests.lab.deployment import Deployment

SHOWN = ("vpc-", "subnet-", "igw-", "eigw-", "nat-", "eni-", "i-")


def test_destroy_leaves_nothing_at_the_endpoint(spread: Deployment) -> None:
    ids = spread.ids()
    assert set(spread.alive(ids)) >= {one for one in ids if one.startswith(SHOWN)}
    assert {one.split("-")[0] for one in ids} >= {"nat", "eigw", "eipalloc"}
    spread.pulumi("destroy", "--yes")
    assert spread.alive(ids) == []
    assert spread.resources() == []
