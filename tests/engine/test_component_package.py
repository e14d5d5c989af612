"""A folder of Python components as a package: its schema, and its use from another program."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.pulumi_project import PulumiProject

COMPONENT = '''
from typing import TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host


class GreeterArgs(TypedDict):
    """What a greeter needs."""

    name: pulumi.Input[str]
    """Who is greeted."""


class Greeter(pulumi.ComponentResource):
    """Greets somebody."""

    greeting: pulumi.Output[str]
    """The words."""

    def __init__(self, name: str, args: GreeterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("greet:index:Greeter", name, {}, opts)
        self.greeting = pulumi.Output.concat("hello ", args["name"])
        self.register_outputs({"greeting": self.greeting})


if __name__ == "__main__":
    component_provider_host(name="greet", components=[Greeter])
'''

SCHEMA = {
    "name": "greet",
    "displayName": "greet",
    "version": "0.0.0",
    "language": {
        language: {"respectSchemaVersion": True} for language in ("csharp", "go", "java", "nodejs", "python")
    },
    "config": {},
    "resources": {
        "greet:index:Greeter": {
            "description": "Greets somebody.",
            "properties": {"greeting": {"type": "string", "description": "The words."}},
            "type": "object",
            "required": ["greeting"],
            "inputProperties": {"name": {"type": "string", "description": "Who is greeted."}},
            "requiredInputs": ["name"],
            "isComponent": True,
        }
    },
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A component package `greet` in a folder."""
    folder = tmp_path / "greet"
    folder.mkdir()
    (folder / "PulumiPlugin.yaml").write_text("name: greet\nruntime: python\n")
    (folder / "__main__.py").write_text(COMPONENT)
    return folder


def test_the_schema_says_what_the_docstrings_and_types_say(
    pulumi_project: PulumiProject, package: Path
) -> None:
    pulumi_project.write("import pulumi\n")
    answer = pulumi_project.pulumi("package", "get-schema", str(package))
    assert answer.text == json.dumps(SCHEMA, indent=2) + "\n"


def test_a_component_serves_another_program_and_leaves_with_it(
    new_project: Callable[[str], PulumiProject], package: Path
) -> None:
    user = new_project("user").write(
        """
        import pulumi

        class Greeter(pulumi.ComponentResource):
            greeting: pulumi.Output[str]

            def __init__(self, name, args):
                super().__init__("greet:index:Greeter", name, {**args, "greeting": None}, None, remote=True)

        pulumi.export("greeting", Greeter("one", {"name": "you"}).greeting)
        """,
        description=f"""
        runtime: python
        plugins:
          providers:
            - name: greet
              path: {package}
        """,
    )
    user.up()
    assert user.outputs() == {"greeting": "hello you"}
    assert [entry["type"] for entry in user.resources()] == ["greet:index:Greeter"]
    user.destroy()
    assert user.resources() == []


def test_a_component_that_cannot_start_says_why(pulumi_project: PulumiProject, package: Path) -> None:
    (package / "__main__.py").write_text("raise SystemExit('no components today')\n")
    pulumi_project.write("import pulumi\n")
    answer = pulumi_project.pulumi("package", "get-schema", str(package), check=False)
    assert answer.exit_code != 0
    assert "no components today" in answer.text
