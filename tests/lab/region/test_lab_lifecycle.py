"""The lab starts once, ends wholly and says what it does, whatever happens to its daemon."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import cleanup, holder
from lab.holder import Holder
from lab.machines import Host
from lab.names import DEFAULT_AMI, OPERATOR_NAMESPACE
from lab.paths import PROJECT_DIR, lab_state_dir
from tests.lab.ec2_network import ec2, make_interface, make_network, state_of
from tests.lab.lab_session import Lab, lab_command, wait_for


def running() -> Holder:
    """The lab that runs now."""
    holding = holder.current()
    assert holding is not None
    return holding


def mounts_of_the_lab() -> list[str]:
    """Mounts below the lab's state directory, seen from any process of this computer."""
    found: set[str] = set()
    for table in Path("/proc").glob("[0-9]*/mounts"):
        try:
            found.update(line for line in table.read_text().splitlines() if f"{lab_state_dir()}/" in line)
        except OSError:
            continue
    return sorted(found)


def launch_machine() -> Host:
    """A machine that runs, on a network of its own; nothing ever logs in on it."""
    network = make_network()
    interface = make_interface(network, [f"{network.ipv6_prefix}1:1"])
    answer = ec2(
        "run_instances",
        ImageId=DEFAULT_AMI,
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"NetworkInterfaceId": interface, "DeviceIndex": 0}],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "lone"}]}],
    )
    host = Host(answer["Instances"][0]["InstanceId"])
    wait_for(lambda: host.is_running, "the machine to run")
    return host


def test_up_is_said_to_be_done_already_where_the_lab_is_up(lab: Lab) -> None:
    answer = lab_command("up")
    assert (answer.returncode, answer.stdout) == (
        0,
        f"lab: the lab is up already (process {running().pid}, since {running().started})\n",
    )


@pytest.mark.fault("second-lab")
def test_a_second_lab_is_refused_and_told_who_holds_the_first(lab: Lab, tmp_path: Path) -> None:
    answer = lab_command("up", environment={**os.environ, "XDG_STATE_HOME": str(tmp_path)})
    who = f"root, process {running().pid}, since {running().started}, from {PROJECT_DIR}"
    assert answer.returncode == 1
    assert answer.stderr == f"lab: a lab is running already: {who}; end it there with `make lab-down`\n"


def test_somebody_elses_lab_is_not_taken_down_unasked(lab: Lab, tmp_path: Path) -> None:
    pid = running().pid
    answer = lab_command("down", environment={**os.environ, "XDG_STATE_HOME": str(tmp_path)})
    assert answer.returncode == 1
    assert answer.stderr.startswith("lab: this lab is not ours: root, process ")
    assert running().pid == pid


def test_the_lab_is_not_taken_down_from_inside(lab: Lab) -> None:
    answer = lab_command("exec", "--", sys.executable, "-m", "lab", "down")
    assert (answer.returncode, answer.stderr) == (
        1,
        f"lab: you are inside the lab, in {OPERATOR_NAMESPACE}: leave it with `exit`, then run this again\n",
    )


def test_commands_run_on_the_operators_side_in_the_project(lab: Lab) -> None:
    answer = lab_command(
        "exec", "--", "sh", "-c", "pwd; ip -brief -6 address show scope global; pulumi stack ls"
    )
    lines = answer.stdout.splitlines()
    assert (answer.returncode, lines[0]) == (0, str(PROJECT_DIR)), answer.stderr
    assert lines[1].replace("@if2", "").split() == ["uplink", "UP", "2001:db8:fffe::10/64"]
    assert lines[3].startswith("lab*")


def test_the_exit_code_of_a_command_is_handed_on(lab: Lab) -> None:
    assert lab_command("exec", "--", "sh", "-c", "exit 7").returncode == 7


def test_a_machine_is_found_by_its_name(lab_to_end: Lab) -> None:
    host = launch_machine()
    wait_for(lambda: state_of(host.instance_id) == "running", "the state running")
    status = lab_command("status").stdout
    (line,) = [line for line in status.splitlines() if host.instance_id in line]
    name, stack, state, machine, address, instance_id = line.split()
    assert (name, stack, state, machine, instance_id) == ("lone", "-", "running", "on", host.instance_id)
    assert address.endswith("::1:1")
    assert lab_command("host", "lone", "--", "cat", "/proc/1/comm").stdout == "systemd\n"
    assert "lone" in lab_command("host", "nobody", "--", "true").stderr
    wait_for(lambda: lab_command("console", "lone").stdout != "", "console text")


@pytest.mark.fault("lab-killed")
def test_down_after_the_daemon_was_killed_leaves_nothing(lab_to_end: Lab) -> None:
    """Killing the daemon ends no machine, no dnsmasq and no namespace: `down` has to find them all."""
    host = launch_machine()
    os.kill(running().pid, signal.SIGKILL)
    wait_for(lambda: holder.current() is None, "the lock to be free")
    assert host.is_running
    answer = lab_command("down")
    assert answer.returncode == 0, answer.stderr
    assert f"lab: ended machine {host.name}\n" in answer.stdout
    assert answer.stdout.endswith("lab: the lab is down\n")
    assert cleanup.leftovers() == []
    assert mounts_of_the_lab() == []
    assert not (lab_state_dir() / "machines").exists()


@pytest.mark.fault("lab-killed")
def test_up_after_the_daemon_was_killed_cleans_first(lab_to_end: Lab) -> None:
    host = launch_machine()
    os.kill(running().pid, signal.SIGKILL)
    wait_for(lambda: holder.current() is None, "the lock to be free")
    answer = lab_command("up")
    lab_to_end.adopt()
    assert f"lab: left by a lab that was killed: ended machine {host.name}\n" in answer.stdout
    assert (answer.returncode, host.is_running) == (0, False), answer.stderr


def test_down_says_what_it_takes_away_and_keeps_the_stacks_state(lab_to_end: Lab) -> None:
    assert lab_command("exec", "--", "true").returncode == 0  # makes the stack
    host = launch_machine()
    answer = lab_command("down")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"lab: took away machine {host.name}\n" in answer.stdout
    assert f"lab: took away namespace {OPERATOR_NAMESPACE}\n" in answer.stdout
    kept = lab_state_dir() / "previous"
    assert f"lab: kept the stacks' state of the gone region in {kept}\n" in answer.stdout
    assert list(kept.glob(".pulumi/stacks/**/lab.json"))
    assert (cleanup.leftovers(), mounts_of_the_lab()) == ([], [])


def test_down_where_nothing_is_up_says_so(lab_to_end: Lab) -> None:
    lab_to_end.take_down()
    answer = lab_command("down")
    assert (answer.returncode, answer.stdout) == (0, "lab: no lab is running, and nothing is left of one\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing(lab_to_end: Lab, number: signal.Signals) -> None:
    lab_to_end.take_down()
    command = [sys.executable, "-m", "lab", "up"]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as starting:
        assert starting.stdout is not None
        assert starting.stdout.readline() == "lab: namespaces: the internet, the operator\n"
        starting.send_signal(number)
        assert starting.wait(timeout=120) != 0
    wait_for(lambda: holder.current() is None, "the daemon to end")
    assert (cleanup.leftovers(), mounts_of_the_lab()) == ([], [])


@pytest.mark.fault("second-lab")
def test_a_second_up_waits_for_the_first(lab_to_end: Lab) -> None:
    lab_to_end.take_down()
    command = [sys.executable, "-m", "lab", "up"]
    with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as first:
        wait_for(lambda: holder.current() is not None, "the first one to hold the lock")
        daemon = running().pid
        os.kill(daemon, signal.SIGSTOP)  # it would be up before the second one has begun
        with subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout is not None
            said = second.stdout.readline()
            os.kill(daemon, signal.SIGCONT)
            assert (second.wait(timeout=120), first.wait(timeout=120)) == (0, 0)
        lab_to_end.adopt()
        assert said == f"lab: the lab is being started by process {daemon}, waiting for it\n"


def test_whoever_cannot_run_the_lab_is_told_so_in_one_line() -> None:
    command = ["unshare", "--user", sys.executable, "-m", "lab", "up"]
    answer = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("this machine cannot run the lab as user ")
    assert answer.stderr.count("\n") == 1
