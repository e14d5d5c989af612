"""Write components/instance_types.json: what the program must know of each EC2 instance type.

    python scripts/generate_instance_types.py                       from the copy that moto carries
    python scripts/generate_instance_types.py --region eu-central-1 from AWS, with your credentials
    python scripts/generate_instance_types.py --check               exit 1 if the file is out of date

The data is that of EC2's DescribeInstanceTypes. The file holds, sorted and one type on a line: `ipv6`, how
many IPv6 addresses one network interface holds (a delegated prefix counts as one), `nitro`, whether the type
is built on the Nitro system (delegated prefixes and IPv6 endpoints need it), and its `architectures`.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent.parent / "components" / "instance_types.json"


def summary(description: Mapping[str, Any]) -> dict[str, Any]:
    """One type's entry from its DescribeInstanceTypes description.

    Bare metal types name no hypervisor and all of them are Nitro-based; what is not Nitro says `xen`
    (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html).
    """
    return {
        "ipv6": description["NetworkInfo"]["Ipv6AddressesPerInterface"],
        "nitro": description.get("Hypervisor") != "xen",
        "architectures": sorted(description["ProcessorInfo"]["SupportedArchitectures"]),
    }


def render(types: Mapping[str, Mapping[str, Any]], source: str, date: str) -> str:
    """The file's text: JSON with one type on a line, so that a new copy shows as changed lines."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(types[name])}" for name in sorted(types))
    return f'{{\n"source": {json.dumps(source)},\n"date": {json.dumps(date)},\n"types": {{\n{lines}\n}}\n}}\n'


def from_moto() -> tuple[list[Mapping[str, Any]], str]:
    """The descriptions that moto carries, and their source in words."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return list(INSTANCE_TYPES.values()), f"EC2 DescribeInstanceTypes, as carried by moto {version('moto')}"


def from_aws(region: str) -> tuple[list[Mapping[str, Any]], str]:
    """The descriptions AWS gives of the types that it offers in this region, and their source in words."""
    import boto3

    sdk: Any = boto3  # untyped, as it makes its clients at run time
    ec2 = sdk.client("ec2", region_name=region)
    pages: Iterable[Any] = ec2.get_paginator("describe_instance_types").paginate()
    types = [entry for page in pages for entry in page["InstanceTypes"]]
    return types, f"EC2 DescribeInstanceTypes in {region}"


def main(arguments: list[str]) -> int:
    """Write the file, or with --check compare its types with the source; the exit code."""
    parser = argparse.ArgumentParser(description="Write components/instance_types.json.")
    parser.add_argument("--region", help="ask AWS in this region instead of reading moto's copy")
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    options = parser.parse_args(arguments)
    descriptions, source = from_aws(options.region) if options.region else from_moto()
    types = {entry["InstanceType"]: summary(entry) for entry in descriptions}
    if options.check:
        if TABLE.is_file() and json.loads(TABLE.read_text())["types"] == types:
            return 0
        print(f"{TABLE.name} is out of date: run python scripts/{Path(__file__).name}", file=sys.stderr)
        return 1
    TABLE.write_text(render(types, source, datetime.datetime.now(datetime.UTC).date().isoformat()))
    print(f"wrote {len(types)} types to {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
