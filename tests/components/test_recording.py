"""The recording engine itself: nothing that should fail passes silently."""

import pulumi
import pytest
from pulumi_aws.ec2.vpc import Vpc

from tests.components.recording import UNKNOWN, Answers, Secret, record

NOTHING_MORE = Answers(lambda _type, _name, _inputs: {}, lambda _token, _arguments: {})


def test_an_error_in_the_program_is_raised() -> None:
    def program() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        record(program, NOTHING_MORE, preview=False)


@pytest.mark.parametrize("preview", [True, False])
def test_an_error_in_an_apply_on_known_values_is_raised(preview: bool) -> None:
    def fail(_: str) -> str:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        record(lambda: pulumi.Output.from_input("known").apply(fail), NOTHING_MORE, preview=preview)


@pytest.mark.parametrize("preview", [True, False])
def test_an_error_in_an_input_is_raised(preview: bool) -> None:
    def fail(_: str) -> str:
        raise LookupError("nothing there")

    def program() -> None:
        Vpc("vpc", cidr_block=pulumi.Output.from_input("known").apply(fail))

    with pytest.raises(LookupError, match="nothing there"):
        record(program, NOTHING_MORE, preview=preview)


def test_what_a_preview_does_not_know_is_unknown() -> None:
    recording = record(
        lambda: Vpc("vpc", cidr_block="10.0.0.0/16").ipv6_cidr_block, NOTHING_MORE, preview=True
    )
    assert recording.result is UNKNOWN


def test_a_secret_stays_one() -> None:
    def program() -> pulumi.Output[str]:
        vpc = Vpc("vpc", tags={"Name": pulumi.Output.secret("hidden")})
        return vpc.tags.apply(lambda tags: (tags or {})["Name"])

    recording = record(program, NOTHING_MORE, preview=False)
    assert recording.named("vpc").inputs["tags"] == {"Name": Secret("hidden")}
    assert recording.result == Secret("hidden")


def test_a_resource_that_is_not_there_fails_the_test_that_names_it() -> None:
    recording = record(lambda: Vpc("vpc").id, NOTHING_MORE, preview=False)
    with pytest.raises(AssertionError, match="0 resources are called subnet"):
        recording.named("subnet")


def test_two_hooks_of_one_name_are_refused() -> None:
    def program() -> None:
        for name in ("one", "other"):
            hook = pulumi.ResourceHook("same", lambda _: None)
            Vpc(name, opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook])))

    with pytest.raises(AssertionError, match="hook same is registered twice"):
        record(program, NOTHING_MORE, preview=False)
