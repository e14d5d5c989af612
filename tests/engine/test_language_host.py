"""Programs on the real engine: what the language host does with them."""

import signal
import time
from pathlib import Path

from tests.engine.lab_program import client
from tests.engine.pulumi_project import PulumiProject

HEADING = ["+ pulumi:pulumi:Stack: (create)", "[urn=urn:pulumi:test::tiny::pulumi:pulumi:Stack::tiny-test]"]


def made_vpc(project: PulumiProject) -> str:
    """The id of a VPC that another made."""
    return client(project.environ["AWS_ENDPOINT_URL"]).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def test_a_preview_names_what_would_be_made_and_warns_of_nothing(pulumi_project: PulumiProject) -> None:
    answer = pulumi_project.write("import pulumi\npulumi.export('greeting', 'hello')\n").preview()
    assert answer.lines() == [
        "Previewing update (test):",
        *HEADING,
        "--outputs:--",
        'greeting: "hello"',
        "Resources:",
        "+ 1 to create",
    ]


def test_an_update_records_the_outputs_and_a_second_one_changes_nothing(
    pulumi_project: PulumiProject,
) -> None:
    pulumi_project.write("import pulumi\npulumi.export('greeting', {'words': ['hello', 1]})\n").up()
    assert pulumi_project.outputs() == {"greeting": {"words": ["hello", 1]}}
    assert "    1 unchanged" in pulumi_project.up().text


def test_a_program_that_says_what_is_wrong_fails_with_that_line_alone(pulumi_project: PulumiProject) -> None:
    pulumi_project.write("import pulumi\nraise pulumi.RunError('slot 0 is not a slot')\n")
    answer = pulumi_project.preview(check=False)
    assert answer.exit_code != 0
    assert [line for line in answer.lines() if "error" in line] == ["error: slot 0 is not a slot"]
    assert "Traceback" not in answer.text


def test_an_exception_is_shown_from_the_programs_own_file_on(pulumi_project: PulumiProject) -> None:
    pulumi_project.write("def plan():\n    raise ValueError('no room')\n\nplan()\n")
    answer = pulumi_project.preview(check=False)
    assert answer.exit_code != 0
    shown = answer.lines()
    start = shown.index("error: Program failed with an unhandled exception:")
    program = pulumi_project.folder / "__main__.py"
    assert shown[start + 1 : start + 7] == [
        "Traceback (most recent call last):",
        f'File "{program}", line 4, in <module>',
        "plan()",
        f'File "{program}", line 2, in plan',
        "raise ValueError('no room')",
        "ValueError: no room",
    ]


def test_a_syntax_error_is_shown_with_its_place(pulumi_project: PulumiProject) -> None:
    answer = pulumi_project.write("x = (\n").preview(check=False)
    assert answer.exit_code != 0
    assert f'File "{pulumi_project.folder}/__main__.py", line 1' in answer.text
    assert "SyntaxError: '(' was never closed" in answer.text
    assert "language/child.py" not in answer.text


def test_a_program_that_exits_with_a_code_is_told_with_that_code(pulumi_project: PulumiProject) -> None:
    answer = pulumi_project.write("import sys\nsys.exit(7)\n").preview(check=False)
    assert answer.exit_code != 0
    assert "error: an unhandled error occurred: program exited with non-zero exit code: 7" in answer.lines()


def test_what_a_program_prints_and_logs_is_shown(pulumi_project: PulumiProject) -> None:
    pulumi_project.write(
        """
        import sys
        import pulumi
        print("on stdout")
        print("on stderr", file=sys.stderr)
        pulumi.log.warn("take care")
        """
    )
    shown = pulumi_project.preview().lines()
    assert "on stdout" in shown
    assert "on stderr" in shown
    assert "warning: take care" in shown


def test_config_reaches_the_program_and_secrets_stay_secret(pulumi_project: PulumiProject) -> None:
    pulumi_project.write(
        """
        import pulumi
        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("list", config.require_object("list"))
        pulumi.export("secret", config.require_secret("secret"))
        pulumi.export("known", config.require("secret") == "hidden")
        """
    )
    pulumi_project.set_config("plain", "seen")
    pulumi_project.pulumi("config", "set", "--path", "list[0]", "2001:db8::/64")
    pulumi_project.set_config("secret", "hidden", secret=True)
    pulumi_project.up()
    assert pulumi_project.outputs() == {
        "plain": "seen",
        "list": ["2001:db8::/64"],
        "secret": "[secret]",
        "known": True,
    }
    assert pulumi_project.outputs(show_secrets=True)["secret"] == "hidden"
    assert "hidden" not in str(pulumi_project.state())


def test_the_program_runs_in_its_folder_and_imports_what_lies_beside_it(
    pulumi_project: PulumiProject,
) -> None:
    pulumi_project.write(
        """
        import os, sys
        import pulumi
        import beside
        pulumi.export("folder", os.getcwd())
        pulumi.export("arguments", sys.argv)
        pulumi.export("beside", beside.VALUE)
        """,
        beside__py="VALUE = 5\n",
    ).up()
    folder = str(pulumi_project.folder)
    assert pulumi_project.outputs() == {
        "folder": folder,
        "arguments": [f"{folder}/__main__.py"],
        "beside": 5,
    }


def test_an_interrupted_program_ends_soon_and_quietly(pulumi_project: PulumiProject) -> None:
    pulumi_project.write("import time\nprint('waiting', flush=True)\ntime.sleep(300)\n")
    process = pulumi_project.start("up", "--yes", "--skip-preview")
    assert process.stdout is not None
    for line in process.stdout:
        if "waiting" in line:
            break
    started = time.monotonic()
    pulumi_project.interrupt(process)
    rest = process.communicate(timeout=120)[0]
    assert time.monotonic() - started < 100
    assert process.returncode not in (0, -signal.SIGKILL)
    assert "Traceback" not in rest
    assert pulumi_project.state()["deployment"].get("pending_operations") is None


def test_a_virtualenv_that_is_not_there_is_named_with_what_to_do(pulumi_project: PulumiProject) -> None:
    pulumi_project.write(
        "import pulumi\n",
        description="""
        runtime:
          name: python
          options:
            virtualenv: .venv
        """,
    )
    answer = pulumi_project.preview(check=False)
    assert answer.exit_code != 0
    folder = pulumi_project.folder
    expected = (
        f"the virtualenv {folder}/.venv named in {folder}/Pulumi.yaml does not exist: run `pulumi install`"
    )
    assert expected in answer.text


def test_about_lists_the_interpreter_and_the_packages(pulumi_project: PulumiProject) -> None:
    text = pulumi_project.write("import pulumi\n").pulumi("about", "--transitive").text
    assert "This project is written in python: executable='" in text
    assert any(line.split() == ["pulumi", "3.250.0"] for line in text.splitlines())


def test_code_generation_is_refused_with_the_reason(pulumi_project: PulumiProject) -> None:
    pulumi_project.write("import pulumi\n")
    schema = pulumi_project.folder / "schema.json"
    schema.write_text('{"name": "thing", "version": "1.0.0"}')
    answer = pulumi_project.pulumi("package", "gen-sdk", str(schema), "--language", "python", check=False)
    assert answer.exit_code != 0
    assert "this stand-in for pulumi-language-python generates no code" in answer.text


def test_an_import_says_that_it_is_done_though_no_program_is_suggested(aws_project: PulumiProject) -> None:
    aws_project.write("import pulumi\n")
    imported = ("import", "aws:ec2/vpc:Vpc", "net", made_vpc(aws_project), "--yes")
    answer = aws_project.pulumi(*imported, check=False)
    assert answer.exit_code != 0
    assert answer.lines()[-1] == (
        "error: the import itself is done, see `pulumi stack`, but no program is suggested for it: "
        "this stand-in for pulumi-language-python generates no code, Pulumi's own does; "
        "with --generate-code=false none is asked for"
    )
    assert [resource["type"] for resource in aws_project.resources()] == ["aws:ec2/vpc:Vpc"]


def test_a_killed_engine_leaves_neither_the_host_nor_the_program_behind(
    pulumi_project: PulumiProject,
) -> None:
    pulumi_project.write(
        """
        import os, time
        print(f"processes {os.getpid()} {os.getppid()}", flush=True)
        time.sleep(300)
        """
    )
    process = pulumi_project.start("up", "--yes", "--skip-preview")
    assert process.stdout is not None
    processes: list[int] = []
    for line in process.stdout:
        if "processes" in line:
            processes = [int(word) for word in line.split("processes")[1].split()]
            break
    process.kill()
    process.wait(60)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(Path(f"/proc/{number}").exists() for number in processes):
        time.sleep(0.1)
    assert [number for number in processes if Path(f"/proc/{number}").exists()] == []


def test_install_makes_the_virtualenv_that_the_project_names(pulumi_project: PulumiProject) -> None:
    pulumi_project.write(
        "import pulumi\n",
        description="""
        runtime:
          name: python
          options:
            virtualenv: .venv
        """,
        requirements__txt="# nothing\n",
    )
    pulumi_project.pulumi("install")
    assert (pulumi_project.folder / ".venv" / "bin" / "python").exists()
