"""A new host: its key is read from its console, in time; nobody confirms its first network change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from components.host.network import OWN_FILE
from components.host_keys import fingerprint
from lab.machines import Host
from tests.faults.guarded_change import BEGUN, SSH_DIES, at_once, reverted, what_it_said
from tests.faults.recovery import converges_again
from tests.faults.test_contact import another_key, changed_up, host_key
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.ec2_network import ec2
from tests.lab.host_steps import CLOUD_INIT_FILES
from tests.lab.hosts import logins
from tests.lab.lab_session import Lab, wait_for

FROM_CLOUD_INIT = "/etc/netplan/50-cloud-init.yaml"
KEYS_PRINTED = "-----END SSH HOST KEY KEYS-----"
PRINTS_KEYS = "cloud-final.service"
REVERT_AFTER = 30
"""Time enough for a new machine, whose first change is its longest."""


@dataclass(frozen=True)
class FirstUpdate:
    """What became of the first update that met its host. `files`: cloud-init's and ours there, as they are
    before the change of its network, while that is in force, and once it is reverted.
    """

    said: str
    files: tuple[str, str, str]
    recorded: tuple[str, ...]


@dataclass(frozen=True)
class NoKeyYet:
    """What became of the very first one, which found no host key on the console."""

    said: str
    recorded: tuple[str, ...]


def recorded(stack: Deployment) -> tuple[str, ...]:
    """The names of all resources in the state."""
    return tuple(one["urn"].rpartition("::")[2] for one in stack.resources())


def launched() -> list[Host]:
    """The host's instance as EC2 has it: the update is just writing the stack's state."""
    found = ec2("describe_instances", Filters=[{"Name": "tag:Name", "Values": ["told"]}])
    return [Host(one["InstanceId"]) for each in found["Reservations"] for one in each["Instances"]]


def update_before_the_console_shows_a_key(stack: Deployment) -> str:
    """What the very first update said; when it is over, the host goes on to print its keys."""
    with stack.changed(sshWait=20), stack.start("up", "--yes", "--skip-preview") as process:
        wait_for(lambda: launched() != [], "the instance", timeout=240)
        (told,) = launched()
        told.wait_until_succeeds(f"systemctl mask --runtime --now {PRINTS_KEYS}", timeout=240)
        said = what_it_said(process)
    assert KEYS_PRINTED not in told.console()
    told.succeed(f"systemctl unmask --runtime {PRINTS_KEYS} && systemctl start --no-block {PRINTS_KEYS}")
    return said


def first_update_that_nobody_confirms(stack: Deployment) -> FirstUpdate:
    with stack.start("up", "--yes", "--skip-preview") as process:
        wait_for(lambda: launched() != [], "the instance", timeout=240)
        (told,) = launched()
        told.wait_until_succeeds("test -d /var/lib/dualstack", timeout=240)
        before = told.succeed(CLOUD_INIT_FILES)
        at_once(told, BEGUN, SSH_DIES)
        changed = at_once(told, f"test -e {OWN_FILE} -a ! -e {FROM_CLOUD_INIT}", CLOUD_INIT_FILES)
        reverted(told)
        after = told.succeed(CLOUD_INIT_FILES)
        told.succeed("systemctl start ssh.service")
        said = what_it_said(process)
    return FirstUpdate(said, (before, changed, after), recorded(stack))


@pytest.fixture(scope="module")
def no_key_yet(
    lab_session: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Deployment, NoKeyYet]]:
    """A stack of one host whose key is read from its console, and was not yet there."""
    lab_session.ensure_up()
    stack = Deployment(tmp_path_factory.mktemp("learned"), "learned")
    stack.change(hostKeys="console", hosts=[{"name": "told", "slot": 7}], revertAfter=REVERT_AFTER)
    with destroyed_in_the_end(stack):
        said = update_before_the_console_shows_a_key(stack)
        yield stack, NoKeyYet(said, recorded(stack))


@pytest.fixture(scope="module")
def first_update(no_key_yet: tuple[Deployment, NoKeyYet]) -> tuple[Deployment, FirstUpdate]:
    """That stack, after the first update that met its host."""
    stack, _ = no_key_yet
    return stack, first_update_that_nobody_confirms(stack)


@pytest.fixture(scope="module")
def learned(first_update: tuple[Deployment, FirstUpdate]) -> Deployment:
    """That stack, brought up after all."""
    converges_again(first_update[0])
    return first_update[0]


def known_hosts(stack: Deployment, key: str) -> bool:
    """Whether the stack's outputs tell this key."""
    outputs = stack.outputs()
    return outputs["knownHosts"] == f"{outputs['hosts']['told']['address']} {key}"


@pytest.mark.fault("host-key-learned")
def test_a_host_whose_console_shows_no_key_yet_is_not_met_until_it_does(
    no_key_yet: tuple[Deployment, NoKeyYet], first_update: tuple[Deployment, FirstUpdate], learned: Deployment
) -> None:
    first, second = no_key_yet[1], first_update[1]
    assert "waiting for the host key on the console, read 1, " in first.said
    assert re.search(
        r"told: the console output of i-\w+ shows no ssh-ed25519 host key \(\d+ reads, 1\d s, ", first.said
    )
    of_the_host = ("told-instance", "told-host-key", "told-ssh")
    assert [name in first.recorded for name in of_the_host] == [True, False, False]
    assert [name in second.recorded for name in of_the_host] == [True, True, True]
    assert known_hosts(learned, host_key(learned.host("told")))


@pytest.mark.fault("first-change-reverted")
def test_the_very_first_change_of_a_host_s_network_is_not_confirmed(
    first_update: tuple[Deployment, FirstUpdate], learned: Deployment
) -> None:
    update = first_update[1]
    before, changed, after = update.files
    assert FROM_CLOUD_INIT in before
    assert "dualstack" not in before
    assert OWN_FILE in changed
    assert "50-cloud-init.yaml" not in changed
    assert after == before
    assert (
        f"told: network: no new ssh session within {REVERT_AFTER} s of the change, reverted; the network is "
        "as it was"
    ) in update.said
    assert ("told-facts" in update.recorded, "told-network" in update.recorded) == (True, False)
    assert OWN_FILE in learned.host("told").succeed(CLOUD_INIT_FILES)


@pytest.mark.fault("host-key-learned")
def test_a_host_key_is_read_from_the_console(learned: Deployment) -> None:
    told = learned.host("told")
    assert host_key(told) in told.console().replace("\r\n", "\n")
    assert known_hosts(learned, host_key(told))
    assert "PRIVATE KEY" not in told.succeed("cat /var/lib/cloud/instance/user-data.txt")


@pytest.mark.matrix
@pytest.mark.fault("host-key-learned")
@pytest.mark.parametrize("way", ["console", "accept-new"])
def test_a_replaced_instance_has_its_key_learned_anew(learned: Deployment, way: str) -> None:
    before = host_key(learned.host("told"))
    learned.change(hostKeys=way)
    learned.bring_up("--replace", "**::told-instance")
    after = host_key(learned.host("told"))
    assert after != before
    assert known_hosts(learned, after)


@pytest.mark.matrix
@pytest.mark.fault("host-key-changed")
def test_a_key_that_was_learned_is_kept_until_it_is_replaced(learned: Deployment) -> None:
    told = learned.host("told")
    known, before = host_key(told), logins(told)
    with another_key(told) as shown:
        refused, _ = changed_up(learned, 90)
        assert f"shows the host key {fingerprint(shown)}, and {fingerprint(known)} is known" in refused.text
        assert logins(told) == before
        learned.bring_up("--replace", "**::told-host-key")
        assert known_hosts(learned, shown)
