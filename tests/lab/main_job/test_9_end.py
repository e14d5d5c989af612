"""`pulumi destroy` leaves nothing. It comes last, as it ends what the other tests share."""

from tests.lab.main_job.deployment import Deployment


def test_destroy_leaves_nothing_at_the_endpoint(deployment: Deployment) -> None:
    deployment.pulumi("destroy", "--yes", timeout=180)
    assert {kind: left for kind, left in deployment.vpc_objects().items() if left} == {}
    assert deployment.resources() == []
