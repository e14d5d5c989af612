"""The AWS stand-in on the real engine: its refusals, and what is left after a failure, a kill or Ctrl-C."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.engine.environment import environment
from tests.engine.conftest import running_endpoint
from tests.engine.lab_program import client
from tests.engine.pulumi_project import Answer, PulumiProject


@pytest.fixture(scope="module")
def endpoint_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An endpoint whose instances stay pending."""
    with running_endpoint(tmp_path_factory.mktemp("endpoint") / "log") as url:
        yield url


@pytest.fixture
def project(endpoint_url: str, pulumi_home: Path, tmp_path: Path) -> PulumiProject:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint_url}/lab/reset", data=b"{}")).close()
    variables = environment(home=pulumi_home, backend=tmp_path / "backend", endpoint_url=endpoint_url)
    return PulumiProject(tmp_path / "project", variables)


@pytest.fixture
def ec2(endpoint_url: str) -> Any:
    return client(endpoint_url)


def errors(answer: Answer) -> list[str]:
    """The diagnostics' own lines, each once."""
    lines = answer.text.partition("Diagnostics:")[2].splitlines()
    found = [line.strip().removeprefix("error: ") for line in lines if "error: " in line]
    return sorted({line for line in found if line not in ("update failed", "preview failed")})


WRONG = """
import pulumi

class Raw(pulumi.CustomResource):
    def __init__(self, token, name, **properties):
        super().__init__(token, name, properties)

Raw("aws:ec2/vpc:Vpc", "misspelt", cidrBlok="10.0.0.0/16")
"""


def test_a_misspelt_property_is_refused_with_a_guess(project: PulumiProject) -> None:
    project.write(WRONG)
    answer = project.pulumi("preview", check=False)
    allowed = (
        "assignGeneratedIpv6CidrBlock, cidrBlock, enableDnsHostnames, enableDnsSupport, "
        "enableNetworkAddressUsageMetrics, instanceTenancy, ipv6CidrBlockNetworkBorderGroup, region, tags"
    )
    assert answer.exit_code != 0
    assert errors(answer) == [
        "aws:ec2/vpc:Vpc resource 'misspelt': property cidrBlok value {10.0.0.0/16} has a problem: "
        f"unexpected property cidrBlok; allowed: {allowed}; did you mean cidrBlock?"
    ]


MANY = """
import pulumi_aws as aws

aws.ec2.NetworkInterface("eni", subnet_id="subnet-1", ipv6_address_lists=["2001:db8::5"])
"""


def test_a_real_property_that_is_not_modelled_is_refused_by_name(project: PulumiProject) -> None:
    project.write(MANY)
    answer = project.pulumi("preview", check=False)
    (line,) = errors(answer)
    assert (
        "ipv6AddressLists is a property of pulumi-aws that this stand-in does not model; "
        "use ipv6Addresses; the real one ignores the list in a create; it models: " in line
    )


REFUSED = """
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", assign_generated_ipv6_cidr_block=True)
block = vpc.ipv6_cidr_block.apply(lambda cidr: cidr.replace("00::/56", "00::"))
subnet = aws.ec2.Subnet(
    "subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", ipv6_cidr_block=block.apply(lambda b: b + "/64"),
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="1s")),
)
after = pulumi.ResourceOptions(depends_on=[subnet])
"""
CLASH = """
aws.ec2.Subnet("clash", vpc_id=vpc.id, cidr_block="10.0.1.0/25", opts=after)
aws.ec2.NetworkInterface("reserved", subnet_id=subnet.id, ipv6_addresses=[block.apply(lambda b: b + "3")])
"""


def test_ec2s_refusal_is_one_line_with_its_code(project: PulumiProject, ec2: Any) -> None:
    project.write(REFUSED + CLASH)
    answer = project.up(check=False)
    codes = [": ".join(line.split(": ")[:2]) for line in errors(answer)]
    assert codes == [
        "creating EC2 Network Interface: InvalidParameterValue",
        "creating EC2 Subnet: InvalidSubnet.Conflict",
    ]
    names = {entry["urn"].rsplit("::", 1)[1] for entry in project.resources()}
    assert names == {"net", "subnet"}

    # What is in use cannot be deleted: EC2's code after the wait the program allows, and it stays in state.
    project.write(REFUSED)
    subnet = next(entry["id"] for entry in project.resources() if entry["urn"].endswith("::subnet"))
    foreign = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    refused = project.destroy(check=False)
    assert [line.split(" has ")[0] for line in errors(refused)] == [
        f"deleting EC2 Subnet ({subnet}): DependencyViolation: The subnet '{subnet}'"
    ]
    ec2.delete_network_interface(NetworkInterfaceId=foreign)
    project.destroy()
    assert project.resources() == []


ACCOUNT = """
import pulumi
import pulumi_aws as aws

identity = aws.get_caller_identity()
pulumi.export("account", identity.account_id)
pulumi.export("region", aws.get_region().region)
pulumi.export("zones", aws.get_availability_zones(state="available").names)
medium = aws.ec2.get_instance_type(instance_type="t3.medium")
pulumi.export("addresses", medium.maximum_ipv6_addresses_per_interface)
tagged = aws.Provider("tagged", region="eu-west-1", default_tags={"tags": {"owner": "me", "kind": "all"}})
vpc = aws.ec2.Vpc(
    "net", cidr_block="10.0.0.0/16", tags={"kind": "own"}, opts=pulumi.ResourceOptions(provider=tagged),
)
here = aws.ec2.KeyPair("here", key_name="by-hand", public_key="PUBLIC", region="eu-west-1")
pulumi.export("tags", vpc.tags)
pulumi.export("all", vpc.tags_all)
pulumi.export("arn", vpc.arn)
""".replace("PUBLIC", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKdyBq7PfxOtp4dfKkKHpXyyKUQFCTEZmjm6WQGYpHvH me")


def test_functions_default_tags_regions_and_accounts(project: PulumiProject) -> None:
    project.write(ACCOUNT)
    project.up()
    outputs = project.outputs()
    arn = outputs.pop("arn")
    assert outputs == {
        "account": "123456789012",
        "region": "eu-central-1",
        "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        "addresses": 6,
        "tags": {"kind": "own", "owner": "me"},
        "all": {"kind": "own", "owner": "me"},
    }
    assert arn.startswith("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-")

    # A name given by hand is free only when the old one is gone; another region is another resource.
    project.write(ACCOUNT.replace("pHvH me", "pHvG me").replace('region="eu-west-1", default', "default"))
    order = project.up().text
    marks = [f"aws:ec2:KeyPair here {done}" for done in ("deleted original", "created replacement")]
    assert 0 < order.index(marks[0]) < order.index(marks[1])
    assert "aws:ec2:Vpc net created replacement" in order

    project.set_config("aws:allowedAccountIds", '["999999999999"]')
    answer = project.preview(check=False)
    assert "AWS account ID not allowed: 123456789012; allowed: 999999999999" in answer.text


def test_import_takes_what_exists_and_refuses_what_does_not(project: PulumiProject, ec2: Any) -> None:
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    project.write("import pulumi_aws as aws\n")
    missing = project.pulumi(
        "import", "--yes", "aws:ec2/vpc:Vpc", "net", "vpc-0123456789abcdef0", check=False
    )
    assert "resource 'vpc-0123456789abcdef0' does not exist" in missing.text
    arguments = ("--yes", "--protect=false", "--generate-code=false")
    project.pulumi("import", *arguments, "aws:ec2/vpc:Vpc", "net", vpc_id)
    (vpc,) = project.resources()
    assert vpc["inputs"] == {
        "assignGeneratedIpv6CidrBlock": True,
        "cidrBlock": "10.9.0.0/16",
        "enableDnsHostnames": False,
        "enableDnsSupport": True,
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": "default",
    }
    project.write(
        "import pulumi_aws as aws\n"
        'aws.ec2.Vpc("net", cidr_block="10.9.0.0/16", assign_generated_ipv6_cidr_block=True)\n'
    )
    project.preview("--expect-no-changes")


HOST = """
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
eni = aws.ec2.NetworkInterface("eni", subnet_id=subnet.id)
host = aws.ec2.Instance(
    "host", ami="ami-0d0c6e12a1b13d0ce", instance_type="t3.micro",
    primary_network_interface={"network_interface_id": eni.id},
    tags={"Name": "host"},
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=LIMIT)),
)
"""


def wait_for_instance(ec2: Any) -> str:
    """The id of the one instance, as soon as it exists."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        reservations = ec2.describe_instances()["Reservations"]
        if reservations:
            return reservations[0]["Instances"][0]["InstanceId"]
        time.sleep(0.1)
    raise AssertionError("no instance was launched")


def recorded(project: PulumiProject, name: str) -> list[dict[str, Any]]:
    return [entry for entry in project.resources() if entry["urn"].endswith(f"::{name}")]


def test_an_instance_that_does_not_come_up_is_recorded_and_destroyed(
    project: PulumiProject, ec2: Any
) -> None:
    project.write(HOST.replace("LIMIT", '"1s"'))
    answer = project.up(check=False)
    (host,) = recorded(project, "host")
    message = f"waiting for EC2 Instance ({host['id']}) to be running: timeout after 1 s (is pending)"
    assert message in answer.text
    assert host["initErrors"] == [message]
    assert host["outputs"]["instanceState"] == "pending"


def test_ctrl_c_ends_the_wait_and_records_the_instance(project: PulumiProject, ec2: Any) -> None:
    project.write(HOST.replace("LIMIT", '"600s"'))
    process = project.start("up", "--yes", "--skip-preview")
    instance = wait_for_instance(ec2)
    time.sleep(0.5)
    began = time.monotonic()
    project.interrupt(process)
    process.communicate(timeout=120)
    assert time.monotonic() - began < 60
    (host,) = recorded(project, "host")
    assert host["id"] == instance
    assert project.state()["deployment"].get("pending_operations", []) == []


def test_what_a_killed_engine_made_is_found_by_its_tag(project: PulumiProject, ec2: Any) -> None:
    project.write(HOST.replace("LIMIT", '"600s"'))
    process = project.start("up", "--yes", "--skip-preview")
    instance = wait_for_instance(ec2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=120)
    assert recorded(project, "host") == []
    (pending,) = project.state()["deployment"]["pending_operations"]
    assert pending["type"] == "creating"
    named = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["host"]}])["Reservations"]
    assert [one["Instances"][0]["InstanceId"] for one in named] == [instance]
    # Its plugin does not outlive the engine by more than moments.
    assert wait_until_no_plugin(project)


def wait_until_no_plugin(project: PulumiProject) -> bool:
    """Whether no AWS plugin of this project's backend is left, within a minute."""
    mark = f"PULUMI_BACKEND_URL={project.environ['PULUMI_BACKEND_URL']}".encode()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not any(is_plugin(process, mark) for process in Path("/proc").glob("[0-9]*")):
            return True
        time.sleep(0.2)
    return False


def is_plugin(process: Path, mark: bytes) -> bool:
    try:
        command, variables = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
    except OSError:
        return False
    return b"lab.plugins.aws" in command and mark in variables
