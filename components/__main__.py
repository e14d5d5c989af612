"""Serves the components to programs in any Pulumi language; started by the engine, see PulumiPlugin.yaml."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pulumi
from pulumi.provider.experimental import component_provider_host

PACKAGE = "dualstack"
FOLDER = Path(__file__).resolve().parent
COMPONENTS = {
    "vpc": "DualStackVpc",
    "subnet": "Ipv6Subnet",
    "nat64_gateway": "Nat64Gateway",
    "security_group": "ContainerSecurityGroup",
    "network_interface": "ContainerNetworkInterface",
    "instance": "DockerHost",
    "docker_container": "DockerContainer",
    "compose_app": "ComposeApp",
    "unique_local_prefix": "UniqueLocalPrefix",
    "reachability": "ReachabilityCheck",
}
"""Module and class of each component."""


def import_folder() -> ModuleType:
    """Import the folder as the package `dualstack`, whatever the place is called that it was fetched to."""
    # Python puts the folder of a script on the path; its modules must not be found without their package.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != FOLDER]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} has no __init__.py")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package


def load_components() -> list[type[pulumi.ComponentResource]]:
    """The component classes, in the order of the table."""
    import_folder()
    return [
        getattr(importlib.import_module(f"{PACKAGE}.{module}"), name) for module, name in COMPONENTS.items()
    ]


if __name__ == "__main__":
    component_provider_host(load_components(), name=PACKAGE)
