"""What is changed on a host by hand: `verify` shows it, and `up` puts right what is this program's."""

import json
import re
from dataclasses import dataclass

import pytest

from components.verify.differences import differences
from components.verify.looking import look_at
from components.verify.state import HostInState, hosts_in
from lab.fabric import namespaces
from lab.machines import Host
from lab.names import OPERATOR_NAMESPACE
from tests.lab.deployment import Deployment
from tests.lab.verifying import verify

BY_HAND = r"""
sed -i 's/dport 80 /dport 8080 /' /etc/dualstack/filter.nft
sed -i 's/"ipv6": true/"log-level": "warn",\n  "ipv6": false/' /etc/docker/daemon.json
ip -6 address add {prefix}bad/64 dev ens5
printf 'network: {{version: 2}}\n' > /etc/netplan/90-mine.yaml
chmod 600 /etc/netplan/90-mine.yaml
nft 'add table inet mine; add chain inet mine forward {{ type filter hook forward priority 5; }}'
nft add rule inet mine forward counter accept
"""
NOT_OURS = (
    "cd /etc/netplan; stat -c '%Y %a' 90-mine.yaml; cat 90-mine.yaml; nft --stateless list table inet mine"
)
TAKEN_AWAY = r"""
rm /etc/netplan/90-mine.yaml
nft delete table inet mine
sed -i -z 's/,\n  "log-level": "warn"//' /etc/docker/daemon.json
"""
DOCKER_STARTED = "systemctl show --property=ActiveEnterTimestamp docker.service"
SHOWN = """\
host-1: 3 differences (- what it has, + what it should have)

  file /etc/dualstack/filter.nft
    @@ -9,5 +9,5 @@
             ct state established,related accept
             meta l4proto ipv6-icmp accept
    -        ip6 daddr {prefix}a tcp dport 8080 accept  # web-1
    +        ip6 daddr {prefix}a tcp dport 80 accept  # web-1
             counter drop
         }}

  file /etc/docker/daemon.json
    @@ -1,5 +1,5 @@
     {{
       "log-level": "warn",
    -  "ipv6": false,
    +  "ipv6": true,
       "fixed-cidr-v6": "{prefix}8/126"
     }}

  address ens5
    - {prefix}bad/64
host-2: as it should be: {size}, 1 container; its filter dropped N packets

this runs all steps once more, and puts it right:
"""


def shown_by(deployment: Deployment) -> tuple[int, str]:
    """Exit code and output of `verify`, without what the counters say: other tests were here before."""
    code, text = verify(deployment)
    return code, re.sub(r"dropped \d+ packets", "dropped N packets", text)


@pytest.mark.fault("edited-by-hand")
def test_what_was_changed_by_hand_is_shown_and_only_what_is_ours_is_put_right(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    config, before = deployment.config, shown_by(deployment)
    assert before[0] == 0, before[1]
    size = before[1].splitlines()[1].split(": ")[2].split(", ")[0]
    files = host_1.succeed("sha256sum /etc/dualstack/* /etc/docker/daemon.json 2>/dev/null || true")
    host_1.succeed(BY_HAND.format(prefix=prefix))
    theirs = host_1.succeed(NOT_OURS)

    code, shown = shown_by(deployment)
    lines = shown.splitlines()
    assert (code, "\n".join(lines[:-1]) + "\n") == (2, SHOWN.format(prefix=prefix, size=size))
    words = lines[-1].split()
    assert words[:3] == ["pulumi", "up", "-c"]

    deployment.bring_up(*words[2:])
    assert shown_by(deployment) == before
    assert host_1.succeed(NOT_OURS) == theirs
    settings = json.loads(host_1.succeed("cat /etc/docker/daemon.json"))
    assert settings == {"ipv6": True, "fixed-cidr-v6": f"{prefix}8/126", "log-level": "warn"}
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    host_1.succeed(TAKEN_AWAY)
    deployment.config = config  # `-c` writes numbers as texts
    started = host_1.succeed(DOCKER_STARTED)
    deployment.bring_up()
    assert host_1.succeed(DOCKER_STARTED) == started
    assert shown_by(deployment) == before
    assert host_1.succeed("sha256sum /etc/dualstack/* /etc/docker/daemon.json 2>/dev/null || true") == files


@dataclass(frozen=True)
class Bench:
    """Host-1 without Pulumi: what the stack's state says of it, and its steps."""

    machine: Host
    host: HostInState
    lines: dict[str, str]
    texts: dict[str, str]

    def differences(self) -> dict[str, tuple[str, ...]]:
        """What `verify` would show, by kind and subject."""
        (looked,) = namespaces.inside(OPERATOR_NAMESPACE, lambda: look_at([self.host]))
        assert looked.wanted is not None, looked.problem
        assert looked.found is not None, looked.problem
        return {f"{one.kind} {one.subject}": one.lines for one in differences(looked.wanted, looked.found)}

    def apply(self, step: str) -> str:
        """Runs a step as `up` does when the text of `repair` is another; what it printed."""
        done = self.machine.run(["sh", "-c", self.lines[step]], timeout=120, text=self.texts[step])
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def bench(deployment: Deployment) -> Bench:
    export = json.loads(deployment.pulumi("stack", "export", "--show-secrets").text)
    (host,) = (one for one in hosts_in(export) if one.name == "host-1")
    steps = {one["urn"].rpartition("::host-1-")[2]: one.get("inputs", {}) for one in deployment.resources()}
    return Bench(
        deployment.host("host-1"),
        host,
        {name: inputs["create"] for name, inputs in steps.items() if "create" in inputs},
        {name: inputs["stdin"] for name, inputs in steps.items() if "stdin" in inputs},
    )


IN_WEB_1 = "nsenter --net=/proc/$(docker inspect --format '{{.State.Pid}}' web-1)/ns/net"
ROUNDS = (
    {
        "kernel": ("sysctl -qw net.ipv6.conf.all.forwarding=0", "kernel settings"),
        "filter": ("nft flush table ip6 dualstack", "filter table ip6 dualstack"),
        "docker": ("systemctl disable --quiet dualstack-containers", "unit dualstack-containers.service"),
        "web-1-container": (f"{IN_WEB_1} sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1", "container web-1"),
    },
    {
        "filter": ("systemctl disable --quiet dualstack-filter", "unit dualstack-filter.service"),
        "web-1-container": (
            "systemctl disable --quiet dualstack-container@web-1",
            "unit dualstack-container@web-1.service",
        ),
    },
)
"""By steps: what is broken, and what `verify` says is."""


@pytest.mark.parametrize("broken", ROUNDS, ids=("settings", "units"))
def test_each_step_puts_right_what_is_live_where_its_files_are_right(
    bench: Bench, broken: dict[str, tuple[str, str]]
) -> None:
    for command, _ in broken.values():
        bench.machine.succeed(command)
    assert set(bench.differences()) == {shown for _, shown in broken.values()}
    for step in broken:
        bench.apply(step)
    assert bench.differences() == {}


def test_a_container_of_ours_that_nothing_declares_any_more_is_shown_with_what_takes_it_away(
    bench: Bench, prefix: str
) -> None:
    """As a killed update leaves it, where the program then declares it no more."""
    line = bench.lines["web-1-container"].replace("container web-1", "container old")
    text = bench.texts["web-1-container"].replace("containers/web-1", "containers/old")
    text = text.replace("place=1", "place=2").replace(f"{prefix}a", f"{prefix}b")
    started = bench.machine.run(["sh", "-c", line], timeout=120, text=text)
    assert started.stdout == f"container old: lab/web:1 is up at {prefix}b\n", started.stderr
    found = bench.differences()
    assert list(found) == ["container old"]
    bench.machine.succeed(found["container old"][1].split("`")[1])
    assert bench.differences() == {}
    assert bench.machine.succeed("ls /etc/dualstack/containers") == "web-1\n"


def test_a_script_that_was_edited_is_uploaded_again(bench: Bench) -> None:
    places = bench.lines["docker"].split()[1].replace("/within", "/places")
    bench.machine.succeed(f"echo exit 1 >> {places}")
    assert bench.differences() == {f"file {places}": ("- the content is another, and is not shown",)}
    bench.apply("facts")
    assert bench.differences() == {}
