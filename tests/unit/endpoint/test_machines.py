"""What machines tell the endpoint, and what it asks of them: boots, consoles, how far they are."""

import socket
import threading
from ipaddress import IPv6Network

import pytest
from botocore.exceptions import ClientError

from lab.endpoint import Endpoint
from lab.names import DEFAULT_AMI, LAB_IMAGES
from tests.unit.endpoint.calls import make_vpc

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def region(server):
    """Always the lab's."""
    return server.client


@pytest.fixture
def lab(network):
    """The same network as the other tests'."""
    return network


def test_each_reboot_and_start_raises_the_boot_serial(server, lab):
    instance = lab.run()["InstanceId"]
    serials = [server.endpoint.region().instances[0].boot_serial]
    lab.ec2.reboot_instances(InstanceIds=[instance])
    serials.append(server.endpoint.region().instances[0].boot_serial)
    lab.stop(instance)
    lab.ec2.start_instances(InstanceIds=[instance])
    serials.append(server.endpoint.region().instances[0].boot_serial)
    assert serials == [1, 2, 3]


def test_console_output_is_the_machines(lab):
    instance = lab.run()["InstanceId"]
    for latest in (False, True):
        answer = lab.ec2.get_console_output(InstanceId=instance, Latest=latest)
        assert answer["Output"] == f"console of {instance}\n"


def test_of_a_console_the_last_64_kb_are_kept(lab, server):
    instance = lab.run()["InstanceId"]
    long = "the beginning " + "é" * 40_000 + " the end"
    server.consoles[instance] = long
    kept = lab.ec2.get_console_output(InstanceId=instance)["Output"]
    assert kept == long.encode()[-65536:].decode()


def test_types_that_are_not_nitro_have_no_latest_console_output(lab):
    instance = lab.run("t2.micro")["InstanceId"]
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        lab.ec2.get_console_output(InstanceId=instance, Latest=True)


@pytest.fixture
def slow_server():
    """An endpoint whose machines tell when they are up or gone. It takes the place of the module's."""
    from tests.unit.endpoint.conftest import Server

    endpoint = Endpoint(lambda: None, str, LAB_IMAGES)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=endpoint.serve, args=(listening,))
        thread.start()
        yield Server(endpoint, f"http://127.0.0.1:{listening.getsockname()[1]}", [], {})
        endpoint.shutdown()
        thread.join()


def test_an_instance_waits_for_its_machine(slow_server):
    ec2, endpoint = slow_server.client("ec2"), slow_server.endpoint
    vpc, block = make_vpc(ec2)
    first_block = str(next(IPv6Network(block).subnets(new_prefix=64)))
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=first_block)["Subnet"]
    launched = ec2.run_instances(
        ImageId=DEFAULT_AMI, InstanceType="t3.nano", MinCount=1, MaxCount=1, SubnetId=subnet["SubnetId"]
    )
    instance = launched["Instances"][0]["InstanceId"]
    states = []

    def note():
        states.append(endpoint.region().instances[0].state)

    note()
    endpoint.instance_stopped(instance)
    endpoint.instance_running(instance)
    note()
    ec2.stop_instances(InstanceIds=[instance])
    note()
    endpoint.instance_stopped(instance)
    note()
    ec2.start_instances(InstanceIds=[instance])
    note()
    endpoint.instance_running(instance)
    ec2.terminate_instances(InstanceIds=[instance])
    note()
    assert len(endpoint.region().interfaces) == 1
    endpoint.instance_terminated(instance)
    note()
    assert endpoint.region().interfaces == ()
    assert states == ["pending", "running", "stopping", "stopped", "pending", "shutting-down", "terminated"]


def test_a_machine_of_no_instance_is_an_error(slow_server):
    with pytest.raises(KeyError, match="i-00000000000000000"):
        slow_server.endpoint.instance_running("i-00000000000000000")
