"""The ways SSH can take: through a bastion, and over IPv4."""

from ipaddress import IPv4Address
from pathlib import Path

from lab.names import OPERATOR_IPV4, OPERATOR_IPV6, PUBLIC_IPV4_POOL
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2
from tests.lab.exposure import (
    Addresses,
    Target,
    container_ipv4,
    from_the_internet,
    in_the_end,
    listen,
    table_of,
)
from tests.lab.hosts import journal

CONTAINER = {"name": "web", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}


def test_a_bastion_leads_to_hosts_that_let_only_it_in(deployment: Deployment, tmp_path: Path) -> None:
    outputs = deployment.outputs()
    address = outputs["hosts"]["host-1"]["address"]
    host_key = next(line for line in outputs["knownHosts"].splitlines() if line.startswith(address)).split(
        " ", 1
    )[1]
    behind = Deployment(tmp_path, "behind-bastion")
    behind.change(
        connect="bastion",
        bastion={"host": address, "user": "debian", "hostKey": host_key},
        sshFrom=[f"{address}/128"],
        hosts=[{"name": "inner", "slot": 1, "containers": [CONTAINER]}],
    )
    behind.bring_up()
    try:
        inner = behind.outputs()["hosts"]["inner"]
        assert inner["ssh"] == f"ssh -J debian@[{address}]:22 debian@{inner['address']}"
        assert "went as they should" in str(behind.outputs()["reachability"])
        logins = journal(behind.host("inner"), "-o cat -u ssh")
        assert f"from {address} port" in logins
        assert str(OPERATOR_IPV6.ip) not in logins
    finally:
        behind.pulumi("destroy", "--yes")


def test_ipv4_gives_each_host_a_public_address_and_takes_it_away_again(
    deployment: Deployment, tmp_path: Path
) -> None:
    over_ipv4 = Deployment(tmp_path, "over-ipv4")
    over_ipv4.change(
        connect="ipv4",
        sshFrom=[f"{OPERATOR_IPV4.ip}/32"],
        hosts=[{"name": "four", "slot": 1, "containers": [CONTAINER]}],
    )
    over_ipv4.bring_up()
    ids = over_ipv4.ids()
    (allocation,) = [one for one in ids if one.startswith("eipalloc-")]
    public = ec2("describe_addresses", AllocationIds=[allocation])["Addresses"][0]["PublicIp"]
    try:
        assert over_ipv4.outputs()["hosts"]["four"]["ssh"] == f"ssh debian@{public}"
        assert IPv4Address(public) in PUBLIC_IPV4_POOL
        assert f"from {OPERATOR_IPV4.ip} port" in journal(over_ipv4.host("four"), "-o cat -u ssh")
        host, outputs = over_ipv4.host("four"), over_ipv4.outputs()["hosts"]["four"]
        own = Addresses(outputs["containers"]["web"], outputs["address"])
        target = Target(own, Addresses(container_ipv4(host, "web"), public))
        listen(host, "web", target)
        wanted = table_of("networks/default-bridge.md", "Who reaches what")[2:]
        assert in_the_end(lambda: from_the_internet(target), wanted) == wanted
    finally:
        over_ipv4.pulumi("destroy", "--yes")
    filters = [{"Name": "allocation-id", "Values": [allocation]}]
    assert ec2("describe_addresses", Filters=filters)["Addresses"] == []
