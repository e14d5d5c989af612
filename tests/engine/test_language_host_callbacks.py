"""What the engine calls back in a running program: resource hooks and transforms."""

from tests.engine.pulumi_project import PulumiProject

IMPORTS = """
import pulumi
from pulumi import ResourceHook, ResourceHookArgs, ResourceHookBinding, ResourceOptions
"""


def stash(name: str, options: str) -> str:
    """A program text that makes a resource of the engine's own kind, which calls hooks as any other does."""
    return f"pulumi.Stash({name!r}, input='x', opts=ResourceOptions({options}))\n"


def test_hooks_before_and_after_create_and_delete_run_in_the_program(pulumi_project: PulumiProject) -> None:
    hooks = """
def note(what):
    def hook(args: ResourceHookArgs):
        print(f"{what} {args.name}", flush=True)
    return ResourceHook(what, hook)

hooks = ResourceHookBinding(
    before_create=[note("before create")], after_create=[note("after create")],
    before_delete=[note("before delete")],
)
"""
    pulumi_project.write(IMPORTS + hooks + stash("box", "hooks=hooks"))
    created = pulumi_project.up().lines()
    assert "before create box" in created
    assert "after create box" in created
    destroyed = pulumi_project.destroy("--run-program").lines()
    assert "before delete box" in destroyed


def test_a_failing_hook_fails_the_update(pulumi_project: PulumiProject) -> None:
    hooks = """
def refuse(args: ResourceHookArgs):
    raise ValueError("not today")

hooks = ResourceHookBinding(before_create=[ResourceHook("refuse", refuse)])
"""
    answer = pulumi_project.write(IMPORTS + hooks + stash("box", "hooks=hooks")).up(check=False)
    assert answer.exit_code != 0
    assert "not today" in answer.text


def test_a_transform_changes_what_is_registered(pulumi_project: PulumiProject) -> None:
    transform = """
def rename(args):
    props = {**args.props, "input": "changed"} if args.type_.endswith("Stash") else args.props
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)

pulumi.runtime.register_resource_transform(rename)
"""
    pulumi_project.write(IMPORTS + transform + stash("box", "")).up()
    resources = pulumi_project.state()["deployment"]["resources"]
    assert [entry["inputs"] for entry in resources if "Stash" in entry["type"]] == [{"input": "changed"}]
