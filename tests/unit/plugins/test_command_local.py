"""Commands on this machine, and text in Go's quotes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.command.local import run_local
from lab.plugins.command.output import Outputs
from lab.plugins.command.quoting import go_quote
from lab.plugins.servicer import ProviderError
from tests.unit.plugins.ssh_server import Recorder

NOTHING = Outputs()


def run(command: str, log: Recorder | None = None, previous: Outputs = NOTHING, **inputs: Any) -> Outputs:
    return run_local(command, inputs, previous, log or Recorder(), threading.Event())


def failure(command: str, **inputs: Any) -> str:
    with pytest.raises(ProviderError) as caught:
        run(command, **inputs)
    return caught.value.message


def test_one_trailing_newline_is_taken_off_each_stream(log: Recorder) -> None:
    assert run("printf 'a\\n\\n'; echo b >&2", log) == Outputs("a\n", "b")
    assert sorted(log.lines) == ["", "a", "b"]


def test_input_variables_folder_and_interpreter_are_the_command_s(tmp_path: Path) -> None:
    assert run("cat", stdin="x\n").stdout == "x"
    assert run("cat").stdout == ""
    assert run("echo $FOO", environment={"FOO": "bar"}).stdout == "bar"
    assert run("pwd", dir=str(tmp_path)).stdout == str(tmp_path)
    assert run("print(1 + 1)", interpreter=["python3", "-c"]).stdout == "2"


def test_input_that_is_not_read_is_no_error() -> None:
    assert run("true", stdin="x" * 1_000_000) == NOTHING


def test_the_outputs_before_are_variables_unless_switched_off() -> None:
    before = Outputs("out", "err")
    command = "echo $PULUMI_COMMAND_STDOUT,$PULUMI_COMMAND_STDERR"
    assert run(command, previous=before).stdout == "out,err"
    assert run(command, previous=before, addPreviousOutputInEnv=False).stdout == ","


def test_a_failure_has_the_command_and_what_it_printed() -> None:
    assert failure("echo why; exit 3") == 'exit status 3: running "echo why; exit 3":\nwhy\n'
    assert failure("kill -9 $$") == 'signal: killed: running "kill -9 $$":\n'


def test_what_cannot_start_says_so() -> None:
    assert failure("x", dir="/no/such") == 'chdir /no/such: no such file or directory: running "x":\n'
    no_file = 'fork/exec /no/such: no such file or directory: running "x":\n'
    assert failure("x", interpreter=["/no/such"]) == no_file
    not_found = 'exec: "no-such": executable file not found in $PATH: running "x":\n'
    assert failure("x", interpreter=["no-such"]) == not_found


def test_ctrl_c_kills_the_command() -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    with pytest.raises(ProviderError, match=r"^signal: killed: running"):
        run_local("exec sleep 60", {}, NOTHING, Recorder(), cancelled)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ('say "hi"\\', r'"say \"hi\"\\"'),
        ("a\nb\tc\r\a\b\f\v", r'"a\nb\tc\r\a\b\f\v"'),
        ("\x00\x1b\x7f", r'"\x00\x1b\x7f"'),
        ("ü 漢 🐳", '"ü 漢 🐳"'),
        ("\u00a0\u200b\ufeff", r'"\u00a0\u200b\ufeff"'),
        ("\U000e0001", r'"\U000e0001"'),
    ],
)
def test_text_is_quoted_as_go_quotes_it(text: str, quoted: str) -> None:
    assert go_quote(text) == quoted
