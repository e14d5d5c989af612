"""The first step waits for cloud-init and for apt, says so, and no longer than it may."""

import re
import shlex
import subprocess
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from components.host.steps import scripts_bundle
from lab.machines import Host
from tests.lab.agreement.cloud_init import MAY_END
from tests.lab.host_steps import HostUnderSteps
from tests.lab.hosts import boot_again
from tests.lab.lab_session import Lab

BROKEN = "/etc/cloud/cloud.cfg.d/91-broken.cfg"
LOCK = "/var/lib/dpkg/lock-frontend"
HOLD = f"import fcntl, time; file = open('{LOCK}', 'w'); fcntl.lockf(file, fcntl.LOCK_EX); time.sleep(600)"
SAID = "/run/first-step"


def first_step(host: Host, seconds: int = 600) -> subprocess.CompletedProcess[str]:
    """The facts step as the program runs it, telling its progress every three seconds."""
    settings = f"DUALSTACK_BUSY_SECONDS={seconds} DUALSTACK_PROGRESS_SECONDS=3"
    line = f"env {settings} bash -s 2>{SAID}"
    done = host.run(["sh", "-c", line], timeout=300, text=scripts_bundle()[0])
    done.stderr = host.succeed(f"cat {SAID}")
    return done


@contextmanager
def first_step_under_way(host: Host, busy: str) -> Generator[Future[subprocess.CompletedProcess[str]]]:
    """The same once it has said twice what it waits for: `busy` begins that line."""
    host.succeed(f"rm -f {SAID}")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(first_step, host)
        host.wait_until_succeeds(f"grep '{busy}.*, still after' {SAID}", timeout=180)
        assert not running.done()
        yield running


@contextmanager
def lock_held(host: Host) -> Generator[None]:
    """While open, a program on the host holds dpkg's lock."""
    host.succeed(f"systemd-run --quiet --collect --unit=holder python3 -c {shlex.quote(HOLD)}")
    host.wait_until_succeeds(f"grep -q $(stat --format %i {LOCK}) /proc/locks")
    try:
        yield
    finally:
        host.succeed("systemctl stop holder")


def test_a_cloud_init_that_is_busy_is_waited_for_and_one_that_failed_ends_the_step(
    lab: Lab, steps: HostUnderSteps
) -> None:
    steps.host.wait_for_unit("ssh.service")
    with first_step_under_way(steps.host, "facts: cloud-init is busy") as running:
        steps.host.succeed(f"touch {MAY_END}")
        done = running.result()
    assert done.returncode == 1
    first, *still, last = done.stderr.splitlines()
    assert re.fullmatch(r"facts: cloud-init is busy; waiting for it, 5\d\d s at the most", first)
    assert len(still) >= 1
    assert all(re.fullmatch(r"facts: cloud-init is busy, still after \d+ s", line) for line in still)
    assert re.fullmatch(
        r"facts: cloud-init failed; see `cloud-init status --long`; the first error: .*runcmd.*", last
    )
    assert done.stdout == ""


def test_another_boot_is_another_cloud_init_and_a_warning_stops_nothing(
    steps: HostUnderSteps, image: str
) -> None:
    host = steps.host
    host.wait_for_unit("ssh.service")
    host.succeed(f"echo '{{% bogus' >{BROKEN}")
    boot_again(host, Host.reboot)
    host.wait_for_unit("ssh.service")
    done = first_step(host)
    assert done.returncode == 0, done.stderr
    if image == "debian-12-docker":  # Its status knows of no warnings; those came with cloud-init 23.4.
        assert "warning" not in done.stderr
    else:
        assert re.fullmatch(
            r"facts: warning: cloud-init finished with warnings; see `cloud-init status --long`; the first: "
            r"Failed loading yaml blob\. .*",
            done.stderr.splitlines()[-1],
        )
    host.succeed(f"rm {BROKEN}")


def test_a_program_that_holds_dpkg_s_lock_is_named_and_waited_for(well: HostUnderSteps) -> None:
    with ExitStack() as held:
        held.enter_context(lock_held(well.host))
        with first_step_under_way(well.host, "facts: python3") as running:
            held.close()
            done = running.result()
    assert done.returncode == 0
    assert '"nic"' in done.stdout
    first, then = [line for line in done.stderr.splitlines() if "python3" in line][:2]
    holds = rf"facts: python3 \(process \d+\) holds {LOCK}"
    assert re.fullmatch(rf"{holds}; waiting for it, 5\d\d s at the most", first)
    assert re.fullmatch(rf"{holds}, still after \d+ s", then)


@pytest.mark.matrix
def test_a_lock_that_is_held_for_ever_ends_the_step_in_its_time(well: HostUnderSteps) -> None:
    with lock_held(well.host):
        done = first_step(well.host, seconds=15)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"facts: python3 \(process \d+\) holds {LOCK}, still after 15 s; end it, or let it end, and run "
        r"`pulumi up` again",
        done.stderr.splitlines()[-1],
    )
