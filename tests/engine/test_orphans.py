"""An engine that is killed in the middle of a create: what it made is found, imported, and taken away."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from lab.paths import PROJECT_DIR

PROGRAM = """
    from components.vpc import DualStackVpc

    DualStackVpc("network", {})
"""
CALL_SECONDS = 240


def lab(endpoint, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(endpoint + path, data=data, timeout=10) as answer:
        return json.loads(answer.read())


def wait_for_call(endpoint, operation, process):
    deadline = time.monotonic() + CALL_SECONDS
    while operation not in [event["operation"] for event in lab(endpoint, "/lab/events")]:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline, f"{operation} was not called"
        time.sleep(0.1)


@pytest.fixture
def project(aws_project):
    """The program's own VPC component in a project that is called as the program is."""
    aws_project.name = "dualstack"
    aws_project.environ["PYTHONPATH"] = str(PROJECT_DIR)
    return aws_project.write(PROGRAM)


def find_orphans(project):
    return subprocess.run(
        [sys.executable, "-m", "components.orphans", "--stack", project.stack, "--cwd", str(project.folder)],
        cwd=PROJECT_DIR,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def run_printed(project, line):
    """Run a printed command line as a user would paste it, without being asked."""
    command = f"{line} --yes --non-interactive --skip-preview"
    return subprocess.run(
        command,
        shell=True,
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def kill_while(project, endpoint, operation):
    lab(endpoint, "/lab/faults", {"operation": operation, "latency": 15, "times": 1})
    process = project.start("up", "--yes", "--skip-preview")
    wait_for_call(endpoint, operation, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def test_nothing_is_lost_by_an_update_that_ends(project, endpoint):
    project.up()
    found = find_orphans(project)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1].startswith("0 of ")
    assert not found.stdout.startswith("0 of 0 ")


def test_a_lost_vpc_is_found_imported_and_taken_away(project, endpoint):
    kill_while(project, endpoint, "CreateVpc")
    [vpc] = lab(endpoint, "/lab/state")["vpcs"]

    found = find_orphans(project)
    assert (found.returncode, found.stderr) == (1, "")
    lines = found.stdout.splitlines()
    assert lines[0] == f"vpc {vpc['id']} (network-vpc)"
    assert lines[1].startswith(f"  import: pulumi import aws:ec2/vpc:Vpc network-vpc {vpc['id']} --parent ")
    assert lines[2] == f"  delete: aws ec2 delete-vpc --vpc-id {vpc['id']}"
    assert lines[3] == "1 of 1 resources tagged dualstack/test are not in its state"

    project.pulumi("cancel", "--yes")
    imported = run_printed(project, lines[1].removeprefix("  import: "))
    assert imported.returncode == 0, imported.stdout + imported.stderr
    project.refresh("--clear-pending-creates")
    assert find_orphans(project).returncode == 0
    project.up()
    assert [found["id"] for found in lab(endpoint, "/lab/state")["vpcs"]] == [vpc["id"]]
    project.destroy()
    assert lab(endpoint, "/lab/state")["vpcs"] == []


def test_a_folder_without_a_project_is_an_error(project, tmp_path: Path):
    answer = subprocess.run(
        [sys.executable, "-m", "components.orphans", "--stack", "test", "--cwd", str(tmp_path)],
        cwd=PROJECT_DIR,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("orphans: pulumi stack export --stack test failed: ")
