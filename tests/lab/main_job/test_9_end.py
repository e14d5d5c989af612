"""`pulumi destroy` leaves nothing. It comes last, as it ends what the other tests share."""

from tests.lab.deployment import Deployment

SHOWN = ("vpc-", "subnet-", "igw-", "eni-", "sg-", "i-")


def test_destroy_leaves_nothing_at_the_endpoint(deployment: Deployment) -> None:
    ids = deployment.ids()
    assert set(deployment.alive(ids)) >= {one for one in ids if one.startswith(SHOWN)}
    deployment.pulumi("destroy", "--yes")
    assert deployment.alive(ids) == []
    assert deployment.resources() == []
