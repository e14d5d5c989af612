"""What goes wrong is said by its layer, and put right by the next `up`."""

import random
import signal
import time

import pytest

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2
from tests.lab.hosts import addresses, container_address, fetch, pings
from tests.lab.lab_session import eventually


def test_without_the_self_rule_containers_on_different_hosts_do_not_ping(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    (group,) = deployment.interface("host-1")["Groups"]
    group_id = group["GroupId"]
    filters = [{"Name": "group-id", "Values": [group_id]}]
    rules = ec2("describe_security_group_rules", Filters=filters)["SecurityGroupRules"]
    (own,) = [rule for rule in rules if rule.get("ReferencedGroupInfo", {}).get("GroupId") == group_id]
    ec2("revoke_security_group_ingress", GroupId=group_id, SecurityGroupRuleIds=[own["SecurityGroupRuleId"]])
    assert not pings(host_1, "web-1", f"{prefix}e")
    assert not pings(host_2, "web-2", f"{prefix}a")
    assert fetch(host_1, "web-1", f"http://[{prefix}e]/cgi-bin/source") == f"{prefix}a"

    failed = deployment.pulumi(
        "up", "--yes", "--skip-preview", "--replace", deployment.urn("reachability-check"), check=False
    )
    assert failed.exit_code != 0
    assert (
        "host-1/web-1 -> host-2/web-2, ping: ENI: left host-1 and never arrived at host-2: does the ENI hold "
        f"{prefix}e, and do the security groups allow it?"
    ) in failed.text

    deployment.pulumi("refresh", "--yes")
    deployment.bring_up()
    assert eventually(lambda: pings(host_1, "web-1", f"{prefix}e"))


def test_containers_are_back_with_their_addresses_after_a_reboot_and_after_a_power_cut(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    boots = host_1.boot_id(), host_2.boot_id()
    ec2("reboot_instances", InstanceIds=[host_1.instance_id])
    host_2.power_cut()
    host_1.wait_for_reboot(boots[0])
    host_2.wait_for_reboot(boots[1])
    for host, container in ((host_1, "web-1"), (host_2, "web-2")):
        host.wait_until_succeeds(f"docker exec {container} hostname", timeout=120)
    assert container_address(host_1, "web-1") == f"{prefix}a"
    assert container_address(host_2, "web-2") == f"{prefix}e"
    assert eventually(lambda: pings(host_1, "web-1", f"{prefix}e"))
    assert fetch(host_2, "web-2", f"http://[{prefix}a]/cgi-bin/source") == f"{prefix}e"
    host_1.succeed("nft list table ip6 dualstack")
    for host, own in ((host_1, "1:1"), (host_2, "2:2")):
        assert addresses(host, "ens5") == [f"{prefix}{own}/64"]
        assert "dynamic" not in host.succeed("ip -6 address show dev ens5 scope global")
        assert host.succeed("cloud-init devel hotplug-hook --subsystem=net query") == "disabled\n"
    deployment.pulumi("up", "--yes", "--skip-preview", "--replace", deployment.urn("reachability-check"))


@pytest.mark.matrix
def test_an_up_that_is_killed_is_finished_by_the_next(deployment: Deployment) -> None:
    with deployment.third_host():
        process = deployment.start("up", "--yes", "--skip-preview")
        moment = random.uniform(2, 15)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        print(f"killed after {moment:.1f} s")

        deployment.pulumi("cancel", "--yes", check=False)
        for arguments in deployment.orphan_imports():
            print("never recorded, and imported:", *arguments)
            deployment.pulumi(*arguments, "--yes")
        deployment.pulumi("refresh", "--yes", "--clear-pending-creates")
        deployment.bring_up()
        assert "went as they should" in str(deployment.outputs()["reachability"])
        assert deployment.orphan_imports() == []
    deployment.bring_up()
