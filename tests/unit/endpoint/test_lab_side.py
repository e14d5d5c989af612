"""What AWS has not: the region as data, faults, events, documentation addresses."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from ipaddress import IPv4Address

import pytest
from botocore.exceptions import ClientError

from lab.endpoint import Endpoint
from lab.names import DEFAULT_AMI, LAB_IMAGES, PUBLIC_IPV4_POOL
from lab.paths import PROJECT_DIR
from lab.region import Route
from tests.unit.endpoint.calls import call, make_vpc

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def ec2(server):
    return server.client("ec2")


@pytest.fixture
def region(server):
    """Always the lab's."""
    return server.client


@pytest.fixture
def lab(network):
    """The same network as the other tests'."""
    return network


def test_a_region_is_empty_at_first(server):
    region = server.endpoint.region()
    assert (region.name, region.vpcs, region.subnets, region.instances) == ("eu-central-1", (), (), ())


def test_vpcs_get_documentation_blocks_in_order_and_none_twice(ec2):
    first, block = make_vpc(ec2)
    assert block == "2001:db8:0:100::/56"
    assert make_vpc(ec2)[1] == "2001:db8:0:200::/56"
    ec2.delete_vpc(VpcId=first)
    assert make_vpc(ec2)[1] == "2001:db8:0:300::/56"


def test_vpc_numbers_begin_again_after_the_last(server, ec2):
    from lab.endpoint.pools import vpc_cidr_after

    assert vpc_cidr_after(255, set()) == (1, "2001:db8:0:100::/56")
    assert vpc_cidr_after(255, {"2001:db8:0:100::/56"}) == (2, "2001:db8:0:200::/56")


def test_public_addresses_come_from_the_documentation_pool(ec2):
    addresses = [IPv4Address(ec2.allocate_address(Domain="vpc")["PublicIp"]) for _ in range(3)]
    assert [str(address) for address in addresses] == ["203.0.113.129", "203.0.113.130", "203.0.113.131"]
    assert all(address in PUBLIC_IPV4_POOL for address in addresses)


def test_the_region_shows_an_instance_with_all_that_a_machine_needs(server, lab):
    material = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0nWCDJ8c6vRnJ3Uq2b8w3Z0p5iB4jzPzTn0oP2D1mL"
    lab.ec2.import_key_pair(KeyName="mine", PublicKeyMaterial=material.encode())
    interface = lab.interface(0x10001, 8, 9, 10, 11, Groups=[lab.group], Description="host one")
    launched = lab.run_on(
        interface,
        KeyName="mine",
        UserData="#cloud-config\n",
        MetadataOptions={"HttpTokens": "required", "HttpProtocolIpv6": "enabled"},
    )
    region = server.endpoint.region()
    [instance] = region.instances
    assert (instance.id, instance.state, instance.image_id) == (
        launched["InstanceId"],
        "running",
        DEFAULT_AMI,
    )
    assert instance.interface_ids == (interface,)
    assert (instance.key_name, instance.public_key) == ("mine", material)
    assert (instance.user_data, instance.hop_limit) == ("#cloud-config\n", 1)
    assert (instance.http_tokens, instance.http_endpoint_enabled, instance.http_protocol_ipv6) == (
        "required",
        True,
        True,
    )
    [found] = region.interfaces
    assert found.ipv6_addresses == tuple(lab.address(offset) for offset in (0x10001, 8, 9, 10, 11))
    assert (found.ipv4_addresses, found.instance_id, found.device_index) == (
        ("10.0.0.4",),
        launched["InstanceId"],
        0,
    )
    assert (found.description, found.security_group_ids) == ("host one", (lab.group,))
    assert found.mac.startswith("06:")


def test_the_region_shows_the_effective_routes_of_a_subnet(server, lab):
    [subnet] = server.endpoint.region().subnets
    main = subnet.route_table_id
    table = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    lab.ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=lab.gateway)
    lab.ec2.associate_route_table(RouteTableId=table, SubnetId=lab.subnet)
    region = server.endpoint.region()
    assert region.subnets[0].route_table_id == table != main
    [routes] = [found.routes for found in region.route_tables if found.id == table]
    assert routes == (
        Route("10.0.0.0/16", "local"),
        Route(str(lab.vpc_block), "local"),
        Route("::/0", lab.gateway),
    )


def test_changes_are_told_and_questions_are_not(server, ec2):
    ec2.describe_vpcs()
    assert server.changes == []
    make_vpc(ec2)
    assert server.changes == [1]
    with pytest.raises(ClientError):
        ec2.delete_vpc(VpcId="vpc-00000000000000000")
    assert server.changes == [1]


def test_events_name_the_calls_and_their_errors(server, ec2):
    make_vpc(ec2)
    with pytest.raises(ClientError):
        ec2.delete_vpc(VpcId="vpc-00000000000000000")
    server.client("sts").get_caller_identity()
    assert [
        (event["service"], event["operation"], event["status"], event["error"])
        for event in call(server, "GET", "/lab/events")
    ] == [
        ("ec2", "CreateVpc", 200, None),
        ("ec2", "DeleteVpc", 400, "InvalidVpcID.NotFound"),
        ("sts", "GetCallerIdentity", 200, None),
    ]


def test_a_fault_strikes_as_often_as_asked(server, ec2):
    fault = {"operation": "CreateVpc", "code": "RequestLimitExceeded", "status": 503, "times": 2}
    call(server, "POST", "/lab/faults", fault)
    for _ in range(2):
        with pytest.raises(ClientError) as refusal:
            make_vpc(ec2)
        assert refusal.value.response["Error"]["Code"] == "RequestLimitExceeded"
        assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    make_vpc(ec2)
    assert len(server.endpoint.region().vpcs) == 1


def test_a_fault_strikes_every_second_call(server, ec2):
    call(server, "POST", "/lab/faults", {"operation": "*", "code": "Unavailable", "rate": 0.5})
    outcomes = []
    for _ in range(4):
        try:
            ec2.describe_vpcs()
            outcomes.append("done")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["done", "Unavailable", "done", "Unavailable"]
    call(server, "DELETE", "/lab/faults")
    ec2.describe_vpcs()


def test_a_late_answer_comes_after_the_deed_and_holds_up_nobody(server, ec2):
    call(server, "POST", "/lab/faults", {"operation": "CreateVpc", "latency": 4})
    thread = threading.Thread(target=make_vpc, args=(ec2,))
    thread.start()
    deadline = time.monotonic() + 3
    while not server.endpoint.region().vpcs and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    assert thread.is_alive()
    thread.join()


def test_an_interface_stays_detaching_as_long_as_asked_also_when_its_instance_is_gone(server, ec2, lab):
    lab.run_on(lab.interface(8))
    [first] = ec2.describe_instances()["Reservations"][0]["Instances"]
    interface = lab.interface(9)
    attachment = ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=first["InstanceId"], DeviceIndex=1
    )["AttachmentId"]
    fault = {"operation": "DetachNetworkInterface", "lingers": 10, "times": 1}
    call(server, "POST", "/lab/faults", fault)
    began = time.monotonic()
    ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    assert time.monotonic() - began < 8
    server.changes.clear()
    lab.terminate(first["InstanceId"])
    described = lab.describe_interface(interface)
    assert (described["Status"], described["Attachment"]["Status"]) == ("in-use", "detaching")
    with pytest.raises(ClientError, match="is currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=interface)
    while lab.describe_interface(interface)["Status"] != "available":
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    assert time.monotonic() - began >= 4
    assert server.changes[1:] == [1], "one for the end of the instance, one for that of the attachment"
    ec2.delete_network_interface(NetworkInterfaceId=interface)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, "operation is missing"),
        ({"operation": "CreateVpc", "lingers": 1}, "lingers is of DetachNetworkInterface alone"),
        ({"operation": "CreateVpc", "times": 0}, "times must be 1 or more"),
        ({"operation": "CreateVpc", "delay": 1}, "unknown field delay"),
        ({"operation": "CreateVpc", "rate": 2}, "rate must be"),
        ({"operation": "CreateVpc", "latency": "long"}, "wrong type"),
        (["CreateVpc"], "must be a JSON object"),
    ],
)
def test_a_wrong_fault_is_refused(server, wish, words):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(server, "POST", "/lab/faults", wish)
    assert refusal.value.code == 400
    assert words in json.loads(refusal.value.read())["error"]


def test_the_state_is_the_region_as_json(server, lab):
    state = call(server, "GET", "/lab/state")
    assert [vpc["ipv6_cidrs"] for vpc in state["vpcs"]] == [["2001:db8:0:100::/56"]]
    assert [subnet["id"] for subnet in state["subnets"]] == [lab.subnet]


def test_an_unknown_path_of_the_lab_names_the_known_ones(server):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(server, "GET", "/lab/nothing")
    assert "GET /lab/state" in json.loads(refusal.value.read())["error"]


def test_a_newer_image_is_published(server):
    path = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    newer = next(image for image in LAB_IMAGES if image != DEFAULT_AMI)
    call(server, "POST", "/lab/default-image", {"image": newer})
    assert server.client("ssm").get_parameter(Name=path)["Parameter"]["Value"] == newer


def test_interfaces_made_from_now_on_have_all_their_addresses_leased(server, lab):
    lab.interface(8)
    call(server, "POST", "/lab/dhcpv6", {"leases": "all"})
    lab.interface(9)
    assert [one.dhcpv6_leases for one in server.endpoint.region().interfaces] == ["first", "all"]
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(server, "POST", "/lab/dhcpv6", {"leases": "none"})
    assert "leases none is unknown: one of first, all" in json.loads(refusal.value.read())["error"]


def test_what_the_lab_has_not_is_refused_and_not_made_up(ec2):
    with pytest.raises(ClientError, match=r"\(InvalidAction\)"):
        ec2.describe_ipams()


def test_a_reset_empties_the_region(server, lab):
    lab.interface(8)
    call(server, "POST", "/lab/reset", {})
    region = server.endpoint.region()
    assert (region.vpcs, region.interfaces, region.security_groups) == ((), (), ())


def test_alone_it_prints_its_port_and_ends_with_a_signal():
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.endpoint", "--no-machines"],
        cwd=PROJECT_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab/state", timeout=10) as answer:
            assert json.loads(answer.read())["name"] == "eu-central-1"
        process.terminate()
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()


def test_two_calls_at_once_do_not_get_one_address(lab):
    outcomes = []

    def ask():
        try:
            outcomes.append(lab.interface(8))
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[:7] == ["InvalidIPAddress.InUse"] * 7
    assert sorted(outcomes)[7].startswith("eni-")


def test_a_shutdown_before_the_first_request_holds():
    endpoint = Endpoint(lambda: None, str, LAB_IMAGES)
    endpoint.shutdown()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint.serve(listening)
