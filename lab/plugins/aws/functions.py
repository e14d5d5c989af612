"""The functions (`aws.ec2.get_ami` and its kin): look-ups that make nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.check import unexpected
from lab.plugins.aws.look_ups import LOOK_UPS, filters_of
from lab.plugins.aws.operation import doing, found
from lab.plugins.aws.session import Session
from lab.plugins.aws.table import schema
from lab.plugins.servicer import InputErrors, Properties, ProviderError

Function = Callable[[Session, Properties], Properties]


def call(session: Session, token: str, arguments: Properties) -> Properties:
    """A function's result, with its arguments in it as the real provider gives them.

    Raises `InputErrors` for arguments that do not exist, `ProviderError` for anything else.
    """
    if token not in FUNCTIONS:
        served = ", ".join(sorted(FUNCTIONS))
        raise ProviderError(f"{token} is not modelled by this stand-in for pulumi-aws; it models: {served}")
    known = schema()["functions"][token]["inputs"]["properties"]
    given = {key: value for key, value in arguments.items() if value is not None}
    wrong = [(key, unexpected(key, set(known), known)) for key in given if key not in known]
    if wrong:
        raise InputErrors(wrong)
    region = given.get("region") or session.configuration.region
    name = token.rpartition(":")[2]
    with doing(f"reading {name}"):
        return given | {"region": region} | FUNCTIONS[token](session, given | {"region": region})


def _ami(session: Session, given: Properties) -> Properties:
    arguments: dict[str, Any] = {"Filters": filters_of(given)}
    if given.get("owners"):
        arguments["Owners"] = given["owners"]
    if given.get("executableUsers"):
        arguments["ExecutableUsers"] = given["executableUsers"]
    images = session.client("ec2", given["region"]).describe_images(**arguments)["Images"]
    if given.get("nameRegex"):
        images = [one for one in images if re.search(given["nameRegex"], one.get("Name", ""))]
    if not images:
        raise ProviderError("your query returned no results: change the search criteria and try again")
    if len(images) > 1 and not given.get("mostRecent"):
        raise ProviderError(
            "your query returned more than one result: try a more specific search, or set mostRecent to true"
        )
    image = max(images, key=lambda one: one["CreationDate"])
    return {
        "id": image["ImageId"],
        "imageId": image["ImageId"],
        "name": image.get("Name", ""),
        "description": image.get("Description", ""),
        "architecture": image.get("Architecture", ""),
        "creationDate": image["CreationDate"],
        "deprecationTime": image.get("DeprecationTime", ""),
        "hypervisor": image.get("Hypervisor", ""),
        "imageLocation": image.get("ImageLocation", ""),
        "imageOwnerAlias": image.get("ImageOwnerAlias", ""),
        "imageType": image.get("ImageType", ""),
        "ownerId": image.get("OwnerId", ""),
        "platform": image.get("Platform", ""),
        "platformDetails": image.get("PlatformDetails", ""),
        "public": image.get("Public", False),
        "rootDeviceName": image.get("RootDeviceName", ""),
        "rootDeviceType": image.get("RootDeviceType", ""),
        "virtualizationType": image.get("VirtualizationType", ""),
        "state": image["State"],
        "tags": tags.read(image.get("Tags"))["tags"],
        "arn": f"arn:{session.partition}:ec2:{given['region']}::image/{image['ImageId']}",
        "blockDeviceMappings": [],
        "productCodes": [],
        "stateReason": {},
    }


def _instance_type(session: Session, given: Properties) -> Properties:
    name = given.get("instanceType")
    if not name:
        raise InputErrors([("instanceType", "missing required property instanceType")])
    answer = found(
        lambda: session.client("ec2", given["region"]).describe_instance_types(InstanceTypes=[name])
    )
    if not answer or not answer["InstanceTypes"]:
        raise ProviderError(f"no EC2 Instance Type found: {name}")
    kind = answer["InstanceTypes"][0]
    network, cpu = kind.get("NetworkInfo", {}), kind.get("VCpuInfo", {})
    return {
        "id": name,
        "instanceType": name,
        "ipv6Supported": network.get("Ipv6Supported", False),
        "maximumIpv4AddressesPerInterface": network.get("Ipv4AddressesPerInterface", 0),
        "maximumIpv6AddressesPerInterface": network.get("Ipv6AddressesPerInterface", 0),
        "maximumNetworkInterfaces": network.get("MaximumNetworkInterfaces", 0),
        "maximumNetworkCards": network.get("MaximumNetworkCards", 1),
        "networkPerformance": network.get("NetworkPerformance", ""),
        "enaSupport": network.get("EnaSupport", ""),
        "hypervisor": kind.get("Hypervisor", ""),
        "bareMetal": kind.get("BareMetal", False),
        "burstablePerformanceSupported": kind.get("BurstablePerformanceSupported", False),
        "currentGeneration": kind.get("CurrentGeneration", False),
        "freeTierEligible": kind.get("FreeTierEligible", False),
        "defaultCores": cpu.get("DefaultCores", 0),
        "defaultVcpus": cpu.get("DefaultVCpus", 0),
        "defaultThreadsPerCore": cpu.get("DefaultThreadsPerCore", 0),
        "memorySize": kind.get("MemoryInfo", {}).get("SizeInMiB", 0),
        "supportedArchitectures": kind.get("ProcessorInfo", {}).get("SupportedArchitectures", []),
        "supportedRootDeviceTypes": kind.get("SupportedRootDeviceTypes", []),
        "supportedUsagesClasses": kind.get("SupportedUsageClasses", []),
        "supportedVirtualizationTypes": kind.get("SupportedVirtualizationTypes", []),
    }


def _availability_zones(session: Session, given: Properties) -> Properties:
    filters = filters_of(given)
    if given.get("state"):
        filters.append({"Name": "state", "Values": [given["state"]]})
    arguments: dict[str, Any] = {"Filters": filters} if filters else {}
    if given.get("allAvailabilityZones"):
        arguments["AllAvailabilityZones"] = True
    zones = session.client("ec2", given["region"]).describe_availability_zones(**arguments)
    kept = [
        one
        for one in sorted(zones["AvailabilityZones"], key=lambda zone: zone["ZoneName"])
        if one["ZoneName"] not in (given.get("excludeNames") or [])
        and one["ZoneId"] not in (given.get("excludeZoneIds") or [])
    ]
    return {
        "id": given["region"],
        "names": [one["ZoneName"] for one in kept],
        "zoneIds": [one["ZoneId"] for one in kept],
        "groupNames": sorted({one.get("GroupName", given["region"]) for one in kept}),
    }


def _caller_identity(session: Session, _given: Properties) -> Properties:
    identity = session.identity
    account = identity["Account"]
    return {"id": account, "accountId": account, "arn": identity["Arn"], "userId": identity["UserId"]}


def _region(session: Session, given: Properties) -> Properties:
    region = given.get("name") or given["region"]
    names = {one["RegionName"]: one for one in session.client("ec2").describe_regions()["Regions"]}
    if region not in names:
        raise ProviderError(f"region not found for {region}; known: {', '.join(sorted(names))}")
    endpoint = names[region].get("Endpoint", f"ec2.{region}.amazonaws.com")
    return {"id": region, "name": region, "region": region, "endpoint": endpoint, "description": region}


def _partition(session: Session, _given: Properties) -> Properties:
    partition = session.partition
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": partition, "partition": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _parameter(session: Session, given: Properties) -> Properties:
    name = given.get("name")
    if not name:
        raise InputErrors([("name", "missing required property name")])
    decrypt = given.get("withDecryption", True)
    ssm = session.client("ssm", given["region"])
    answer = found(lambda: ssm.get_parameter(Name=name, WithDecryption=decrypt))
    if answer is None:
        raise ProviderError(f"reading SSM Parameter ({name}): couldn't find resource")
    parameter = answer["Parameter"]
    plain = parameter["Value"] if parameter["Type"] != "SecureString" else ""
    return {
        "id": name,
        "arn": parameter.get("ARN", ""),
        "type": parameter["Type"],
        "value": parameter["Value"],
        "insecureValue": plain,
        "version": parameter["Version"],
        "withDecryption": decrypt,
    }


FUNCTIONS: Final[dict[str, Function]] = {
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:ec2/getInstanceType:getInstanceType": _instance_type,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:ssm/getParameter:getParameter": _parameter,
    **LOOK_UPS,
}
