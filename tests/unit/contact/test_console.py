"""A host key from an instance's console output: where it stands there, and how long it is waited for."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, NoRegionError

from components.contact.console import NoKeyError, key_in, read_console_key
from components.contact.wanted import Wanted
from components.host_keys import derive_host_key
from components.ssh_sessions import Login

KEY = derive_host_key("a seed that guards nothing", "tests", "host").public
OLD = derive_host_key("a seed that guards nothing", "tests", "an older host").public
BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
WANTED = Wanted("host-1", Login("2001:db8::1", 22, "ubuntu", None), None, "console", 0.3, "i-0123")


class Console:
    """EC2's answers, one after the other; the last is repeated."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def get_console_output(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetConsoleOutput")


def read(console: Console) -> tuple[str, list[str]]:
    said: list[str] = []
    return read_console_key(WANTED, console, said.append, pause=0.05), said


@pytest.mark.parametrize(
    "console",
    [
        f"{BEGIN}\n{KEY} root@host\n{END}\n",
        f"{BEGIN}\r\n{KEY}{END}\r\n",
        f"{BEGIN}\necdsa-sha2-nistp256 AAAAE2VjZHNh a comment\n{KEY} a comment\nssh-rsa AAAAB3Nz\n{END}\n",
        f"[   12.1] cloud-init[613]: {BEGIN}\n[   12.1] cloud-init[613]: {KEY} me\n[   12.1] x: {END}\n",
        f"{BEGIN}\n{OLD}\n{END}\nsince then another instance id\n{BEGIN}\n{KEY}\n{END}\n",
    ],
)
def test_the_key_stands_between_the_markers(console: str) -> None:
    assert key_in(console) == KEY


@pytest.mark.parametrize(
    "console",
    [
        "",
        KEY,
        f"{BEGIN}\n{KEY}\n",
        f"{KEY}\n{END}\n",
        f"{BEGIN}\n{KEY[:-4]}\n{END}\n",
        f"{BEGIN}\n{KEY}AAAA\n{END}\n",
        f"{BEGIN}\nssh-rsa AAAAB3Nz root@host\n{END}\n",
    ],
)
def test_what_is_not_whole_is_not_taken(console: str) -> None:
    assert key_in(console) is None


def test_the_latest_output_is_asked_for_until_the_key_is_there() -> None:
    console = Console({}, {"Output": "booting"}, {"Output": f"{BEGIN}\n{KEY}\n{END}\n"})
    assert read(console) == (KEY, ["waiting for the host key on the console, read 1, 0 s"])
    assert console.asked == [{"InstanceId": "i-0123", "Latest": True}] * 3


def test_an_instance_type_without_latest_output_is_asked_for_what_is_kept() -> None:
    console = Console(refused("UnsupportedOperation"), {"Output": f"{BEGIN}\n{KEY}\n{END}\n"})
    assert read(console) == (KEY, [])
    assert console.asked == [{"InstanceId": "i-0123", "Latest": True}, {"InstanceId": "i-0123"}]


def test_a_console_without_the_key_ends_in_an_error() -> None:
    with pytest.raises(NoKeyError) as caught:
        read(Console({"Output": "booting"}))
    start, end = str(caught.value).split(" (")[0], str(caught.value).split(" s, ")[1]
    assert start == "host-1: the console output of i-0123 shows no ssh-ed25519 host key"
    assert end == (
        "7 characters); see with `aws ec2 get-console-output --latest --output text --instance-id i-0123` "
        "whether it boots and its cloud-init prints the keys; then run `pulumi up` again"
    )


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            refused("UnauthorizedOperation"),
            "(UnauthorizedOperation) when calling the GetConsoleOutput",
        ),
        (NoRegionError(), "You must specify a region."),
    ],
)
def test_what_aws_refuses_is_said_at_once(problem: Exception, text: str) -> None:
    console = Console(problem)
    with pytest.raises(NoKeyError) as caught:
        read(console)
    assert str(caught.value).startswith("host-1: the console output of i-0123 could not be read: ")
    assert text in str(caught.value)
    assert len(console.asked) == 1
