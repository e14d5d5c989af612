"""Writes `schema.json`: what the pulumi-aws SDK says of the resource types and functions served here.

    python -m lab.plugins.aws.schema_from_sdk

The SDK's sources are read as syntax trees and never imported. The file has the form of a Pulumi package
schema (names, types, what is required), which tells a misspelt property from a real one that is not modelled,
and lets `pulumi import` generate code.
"""

from __future__ import annotations

import ast
import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = Path(__file__).with_name("schema.json")
RESOURCES: Final = (
    "ec2/vpc",
    "ec2/subnet",
    "ec2/internet_gateway",
    "ec2/egress_only_internet_gateway",
    "ec2/route_table",
    "ec2/route",
    "ec2/route_table_association",
    "ec2/security_group",
    "vpc/security_group_ingress_rule",
    "vpc/security_group_egress_rule",
    "ec2/network_interface",
    "ec2/network_interface_attachment",
    "ec2/key_pair",
    "ec2/instance",
    "ec2/eip",
    "ec2/eip_association",
    "ec2/nat_gateway",
)
FUNCTIONS: Final = (
    "get_availability_zones",
    "get_caller_identity",
    "get_partition",
    "get_region",
    "ec2/get_ami",
    "ec2/get_instance_type",
    "ec2/get_network_interface",
    "ec2/get_security_group",
    "ec2/get_subnet",
    "ec2/get_vpc",
    "ssm/get_parameter",
)
_PRIMITIVES: Final = {"str": "string", "bool": "boolean", "int": "integer", "float": "number"}
Json = dict[str, Any]


class Module:
    """The nested types of one SDK module (`ec2/_inputs.py`, `ec2/outputs.py`), gathered as they are met."""

    def __init__(self, package: Path, name: str, types: Json) -> None:
        self.name = name
        self.types = types
        self.classes: dict[str, ast.ClassDef] = {}
        for file in ("_inputs.py", "outputs.py"):
            path = package / name / file
            if path.exists():
                self.classes |= _classes(ast.parse(path.read_text()))

    def type_of(self, node: ast.expr) -> tuple[Json, bool]:
        """The schema type of an annotation, and whether it is optional."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._reference(node.value), False
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            known = _PRIMITIVES.get(name.removeprefix("_builtins."))
            return ({"type": known} if known else {"$ref": "pulumi.json#/Any"}), False
        if isinstance(node, ast.Subscript):
            return self._generic(ast.unparse(node.value).rsplit(".", 1)[-1], node.slice)
        return {"$ref": "pulumi.json#/Any"}, False

    def _generic(self, outer: str, inner: ast.expr) -> tuple[Json, bool]:
        arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if outer == "Optional":
            return self.type_of(arguments[0])[0], True
        if outer == "Sequence":
            return {"type": "array", "items": self.type_of(arguments[0])[0]}, False
        if outer == "Mapping":
            return {"type": "object", "additionalProperties": self.type_of(arguments[1])[0]}, False
        # Input, Output and Union['X', 'XArgs', 'XDict']: the first names the type.
        return self.type_of(arguments[0])

    def _reference(self, quoted: str) -> Json:
        class_name = quoted.rsplit(".", 1)[-1]
        if class_name not in self.classes:
            return self.type_of(ast.parse(quoted, mode="eval").body)[0]
        name = re.sub(r"(Args|Result)$", "", class_name)
        token = f"aws:{self.name or 'index'}/{name}:{name}"
        if token not in self.types:
            self.types[token] = {}  # so that a type which names itself ends here
            self.types[token] = {"type": "object", **self.members(self.classes[class_name])}
        return {"$ref": f"#/types/{token}"}

    def members(self, node: ast.ClassDef) -> Json:
        """Properties of an input or output class, by their wire names."""
        properties: Json = {}
        required: list[str] = []
        for name, annotation in _getters(node):
            properties[name], optional = self.type_of(annotation)
            if not optional:
                required.append(name)
        return {"properties": properties, "required": required}


def _classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _getters(node: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.returns is not None:
            calls = [one for one in member.decorator_list if ast.unparse(one).startswith("pulumi.getter")]
            if calls:
                found.append((_wire_name(calls[0], member.name), member.returns))
    return found


def _wire_name(decorator: ast.expr, default: str) -> str:
    if isinstance(decorator, ast.Call):
        return str(ast.literal_eval(decorator.keywords[0].value))
    return default


def _class_name(stem: str) -> str:
    return "".join(part.capitalize() for part in stem.split("_"))


def _token(path: str, name: str) -> str:
    folder = path.rpartition("/")[0] or "index"
    return f"aws:{folder}/{name[0].lower()}{name[1:]}:{name}"


def _resource(package: Path, path: str, modules: dict[str, Module]) -> tuple[str, Json]:
    folder, _, stem = path.rpartition("/")
    name = _class_name(stem)
    classes = _classes(ast.parse((package / f"{path}.py").read_text()))
    # A resource called like a nested type has `InitArgs`.
    inputs = modules[folder].members(classes.get(f"{name}InitArgs") or classes[f"{name}Args"])
    outputs = modules[folder].members(classes[name])
    schema = {"inputProperties": inputs["properties"], "requiredInputs": inputs["required"]} | outputs
    return _token(path, name), schema


def _provider(package: Path, types: Json) -> Json:
    classes = _classes(ast.parse((package / "provider.py").read_text()))
    inputs = Module(package, "", types).members(classes["ProviderArgs"])
    return {"inputProperties": inputs["properties"]}


def _function(package: Path, path: str, modules: dict[str, Module]) -> tuple[str, Json]:
    folder, _, stem = path.rpartition("/")
    name = _class_name(stem)
    tree = ast.parse((package / f"{path}.py").read_text())
    outputs = modules[folder].members(_classes(tree)[f"{name}Result"])
    call = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == stem)
    wire_names = {re.sub(r"[^a-z0-9]", "", one.lower()): one for one in outputs["properties"]}
    inputs: Json = {}
    for argument in call.args.args:
        if argument.arg != "opts" and argument.annotation is not None:
            wire_name = wire_names.get(argument.arg.replace("_", ""), argument.arg)
            inputs[wire_name] = modules[folder].type_of(argument.annotation)[0]
    token = _token(path, name[0].lower() + name[1:])
    return token, {"inputs": {"properties": inputs}, "outputs": outputs}


def package_schema(package: Path, version: str) -> Json:
    """The Pulumi package schema of the types and functions above."""
    types: Json = {}
    folders = {path.rpartition("/")[0] for path in (*RESOURCES, *FUNCTIONS)}
    modules = {folder: Module(package, folder, types) for folder in sorted(folders)}
    provider = _provider(package, types)
    resources = dict(_resource(package, path, modules) for path in RESOURCES)
    functions = dict(_function(package, path, modules) for path in FUNCTIONS)
    return {
        "name": "aws",
        "version": version,
        "provider": provider,
        "types": types,
        "resources": resources,
        "functions": functions,
        "language": {"python": {"packageName": "pulumi_aws"}},
    }


def main() -> None:
    """Writes `schema.json` from the installed SDK."""
    distribution = metadata.distribution("pulumi_aws")
    schema = package_schema(Path(str(distribution.locate_file("pulumi_aws"))), distribution.version)
    SCHEMA.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
