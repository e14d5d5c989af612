"""A host with Compose v1, Debian 12 as it comes, is refused before anything is changed."""

import pytest

from lab.machines import CommandFailed
from tests.lab.compose.compose_host import ComposeHost, launch
from tests.lab.compose.conftest import KEY_NAME
from tests.lab.ec2_network import Network, ami_of
from tests.lab.lab_session import Keys, Lab


@pytest.mark.matrix
def test_compose_v1_is_refused_with_what_to_do(lab: Lab, network: Network, keys: Keys) -> None:
    server = ComposeHost(launch(network, keys, KEY_NAME, ami_of("debian-12-docker"), 3))
    server.prepare()
    assert server.engine.startswith("20.10.")
    with pytest.raises(CommandFailed) as refused:
        server.apply(
            {"name": "shop", "compose": "services: {web: {image: lab/web:1}}", "networks": {"default": 2}}
        )
    assert str(refused.value).endswith(
        "compose shop: docker-compose 1.29.2 is compose v1; there is no compose v2, and none in the packages "
        "of debian 12: use debian 13 or ubuntu 22.04 or newer, or docker's own packages with "
        "docker-compose-plugin\n"
    )
    server.host.fail("test -e /etc/dualstack/apps")
