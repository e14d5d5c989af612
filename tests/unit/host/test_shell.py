"""Single functions of the host's shell scripts, with commands that stand in for the host's own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.host.test_host_files import script

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
BASIS = """
set -euo pipefail
scripts={scripts} STATE={state} BUSY_SECONDS=5
. "$scripts/scratch.sh"
bounded() {{ shift; "$@"; }}
quietly() {{ shift 2; "$@"; }}
fail() {{ echo "failed: $*"; exit 1; }}
sleep() {{ :; }}
"""
PACKAGES = """
. "$scripts/packages.sh"
forbid_starts() { echo forbid >>"$STATE/log"; }
allow_starts() { echo allow >>"$STATE/log"; }
reachable_sources() { :; }
mktemp() { command mktemp "${@/#\\/var\\/tmp/$STATE}"; }
dpkg-query() { printf '%s\\n' containerd docker.io linux-image-6.8 runc; }
dpkg() { echo "dpkg $*" >>"$STATE/log"; touch "$STATE/configured"; }
env() { shift; "$@"; }
apt-get() {
    local word
    for word; do case $word in update | install | purge) break ;; esac done
    [[ " $* " != *" --simulate "* ]] || word=simulate
    echo "$word" >>"$STATE/log"
    "on_$word" "$@"
}
on_update() { :; }
on_simulate() {
    echo 'Inst runc (1.1 Debian:13 [amd64])'
    echo 'Inst libc6 [2.41-1] (2.41-2 Debian:13 [amd64])'
    echo 'Inst docker.io (26.1 Debian:13 [amd64])'
    echo 'Conf docker.io (26.1 Debian:13 [amd64])'
}
on_install() { :; }
on_purge() { printf '%s\\n' "${@: -2}" >"$STATE/purged"; }
"""


def shell(state: Path, text: str) -> subprocess.CompletedProcess[str]:
    script = BASIS.format(scripts=SCRIPTS, state=state) + text
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


def test_what_an_installation_brings_in_is_remembered_and_upgrades_are_not(tmp_path: Path) -> None:
    done = shell(tmp_path, f"{PACKAGES}\ninstall_packages engine docker.io")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "engine.packages").read_text() == "runc\ndocker.io\n"
    assert (tmp_path / "log").read_text().split() == ["forbid", "update", "simulate", "install", "allow"]


def test_only_what_was_brought_in_goes_out_again(tmp_path: Path) -> None:
    (tmp_path / "engine.packages").write_text("runc\ndocker.io\nnever-unpacked\n")
    assert shell(tmp_path, f"{PACKAGES}\nremove_packages engine").returncode == 0
    assert (tmp_path / "purged").read_text() == "docker.io\nrunc\n"
    assert not (tmp_path / "engine.packages").exists()


def test_an_installation_that_was_cut_off_is_known_and_its_packages_too(tmp_path: Path) -> None:
    cut = "on_install() { kill -KILL $$; }"
    shell(tmp_path, f"{PACKAGES}\n{cut}\ninstall_packages engine docker.io")
    assert (tmp_path / "engine.packages").read_text() == "runc\ndocker.io\n"
    assert shell(tmp_path, f"{PACKAGES}\nwas_interrupted engine").returncode == 0
    half_done = (
        "on_install() { [ -e $STATE/configured ] || { echo 'E: dpkg was interrupted'; return 100; }; }"
    )
    assert shell(tmp_path, f"{PACKAGES}\n{half_done}\ninstall_packages engine docker.io").returncode == 0
    assert "dpkg --configure --pending" in (tmp_path / "log").read_text()
    assert shell(tmp_path, f"{PACKAGES}\nwas_interrupted engine").returncode == 1


def test_a_failed_installation_says_why_and_lets_services_start_again(tmp_path: Path) -> None:
    broken = "on_install() { echo 'E: Unable to fetch some archives'; return 100; }"
    done = shell(tmp_path, f"{PACKAGES}\n{broken}\ninstall_packages engine docker.io")
    assert done.returncode == 1
    assert done.stderr == "E: Unable to fetch some archives\n"
    assert (tmp_path / "log").read_text().split()[-1] == "allow"


@pytest.mark.parametrize("broken", ["on_install", "on_update"])
def test_what_an_installation_fetched_goes_also_where_it_failed(tmp_path: Path, broken: str) -> None:
    """Packages of some 100 MB, and once more with each further try."""
    fails = f'{broken}() {{ echo fetched >"$STATE"/tmp.*/cache/archives/package; return 100; }}'
    done = shell(tmp_path, f"{PACKAGES}\n{fails}\ninstall_packages engine docker.io")
    assert done.returncode == 1
    assert list(tmp_path.glob("tmp.*")) == []


@pytest.mark.parametrize("script", ["container.sh", "places", "places.sh"])
def test_docker_is_asked_about_containers_not_about_an_image_or_a_network_of_that_name(script: str) -> None:
    lines = (SCRIPTS / script).read_text().splitlines()
    asked = [line for line in lines if " inspect " in line]
    assert asked
    assert [line for line in asked if not any(f"docker {kind}" in line for kind in KINDS)] == []


KINDS = ("container inspect", "image inspect", "network inspect")


def facts_step(state: Path, status: str) -> subprocess.CompletedProcess[str]:
    """What is said of a cloud-init that finished with warnings and answers with this status."""
    (state / "status").write_text(status)
    return shell(
        state,
        """
        say() { echo "$*"; }
        warn() { echo "warning: $*" >&2; }
        cloud-init() { cat "$STATE/status"; return 2; }
        . "$scripts/facts.sh"
        tell_cloud_init_warning
        """,
    )


def with_warnings(*warnings: str) -> str:
    return json.dumps({"status": "done", "recoverable_errors": {"WARNING": warnings}})


KNOWN = (
    "Could not parse subnet-ipv6-cidr-block None for mac 02:00:00:00:01:11. "
    "ipv6 network config prefix defaults to /128"
)
SEE = "warning: cloud-init finished with warnings; see `cloud-init status --long`"


def test_the_warning_that_cloud_init_gives_everywhere_on_ec2_is_called_harmless(tmp_path: Path) -> None:
    done = facts_step(tmp_path, with_warnings(KNOWN, KNOWN))
    said = "cloud-init's warnings about its network are usual on EC2 and harmless here\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)


def test_another_warning_of_cloud_init_is_named_on_one_line(tmp_path: Path) -> None:
    done = facts_step(tmp_path, with_warnings(KNOWN, "Failed to\n  set locale", "Another"))
    said = f"{SEE}; the first: Failed to set locale\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)


def test_a_status_of_cloud_init_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    for status in ("", "{}", "status: done"):
        done = facts_step(tmp_path, status)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{SEE}\n")


def first_step(
    state: Path, *, wishes: str = "", cloud_init: int = 0, holder: str = ""
) -> tuple[int, str, str]:
    """The first step, in a time of its own: a cloud-init with exit code 124 takes all that it is given, and a
    lock is never free.
    """
    (state / "wishes").write_text(wishes)
    done = shell(
        state,
        f"""
        eval "$(sed -n '/^say()/,/^}}/p' "$scripts/lib.sh")"
        unset SECONDS
        SECONDS=0 BUSY_SECONDS=600 concern=facts name=
        . "$scripts/facts.sh"
        bounded() {{ given=$1; "${{@:2}}"; }}
        cloud-init() {{ [ {cloud_init} = 0 ] || SECONDS=$((SECONDS + given)); return {cloud_init}; }}
        sleep() {{ SECONDS=$((SECONDS + $1)); }}
        python3() {{
            case $1 in
            */apt_locks.py) echo "{holder}" ;;
            */preflight.py | */facts.py) echo "${{1##*/}}" ;;
            esac
        }}
        apply <"$STATE/wishes"
        """,
    )
    return done.returncode, done.stdout, done.stderr


def waited(for_what: str, patience: int) -> str:
    """What is said of ten minutes, in which it is asked every 20 s."""
    told = [f"{for_what}; waiting for it, {600 - patience} s at the most"]
    told += [f"{for_what}, still after {seconds} s" for seconds in range(patience + 20, 600, 20)]
    return "".join(f"facts: {line}\n" for line in told)


def test_a_cloud_init_that_is_not_done_after_ten_minutes_ends_the_first_step(tmp_path: Path) -> None:
    assert first_step(tmp_path, cloud_init=124) == (
        1,
        "",
        f"{waited('cloud-init is busy', 10)}"
        "facts: cloud-init was not done after 600 s; see `cloud-init status --long`\n",
    )


def test_on_a_host_that_was_there_before_it_is_a_warning(tmp_path: Path) -> None:
    assert first_step(tmp_path, wishes="{}", cloud_init=124) == (
        0,
        "preflight.py\nfacts.py\n",
        f"{waited('cloud-init is busy', 10)}"
        "facts: warning: cloud-init was not done after 600 s; see `cloud-init status --long`\n",
    )


def test_a_lock_that_is_not_free_after_ten_minutes_ends_the_first_step(tmp_path: Path) -> None:
    holder = "apt-get (pid 7) holds /var/lib/dpkg/lock"
    assert first_step(tmp_path, holder=holder) == (
        1,
        "",
        f"{waited(holder, 1)}"
        f"facts: {holder}, still after 600 s; end it, or let it end, and run `pulumi up` again\n",
    )


@pytest.mark.parametrize(
    ("backend", "forwarding", "problem"),
    [
        ("nftables", "1 0", "firewall-backend is nftables, and forwarding is off: dockerd would not start; "),
        ("nftables", "1 1", ""),
        ("iptables", "0 0", ""),
    ],
)
def test_the_nftables_backend_needs_forwarding_of_both_families(
    tmp_path: Path, backend: str, forwarding: str, problem: str
) -> None:
    candidate = tmp_path / "daemon.json"
    candidate.write_text(json.dumps({"ipv6": True, "firewall-backend": backend}, indent=2) + "\n")
    done = shell(
        tmp_path,
        '. "$scripts/docker.sh"\n'
        f"sysctl() {{ [ \"$*\" = '-n net.ipv4.ip_forward net.ipv6.conf.all.forwarding' ] && "
        f"printf '%s\\n' {forwarding}; }}\n"
        f"forwarding_problem {candidate}",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(problem)
    assert bool(done.stdout) == bool(problem)


def test_python_leaves_no_compiled_file_that_a_power_cut_could_break(tmp_path: Path) -> None:
    shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    line = 'scripts=$PWD/scripts; . "$scripts/lib.sh"; cd "$scripts"; python3 -c "import preflight_rules"'
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(["bash", "-euc", line], cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.rglob("__pycache__")) == []


def test_what_is_there_is_saved_before_a_network_step_is_taken_away(tmp_path: Path) -> None:
    done = shell(
        tmp_path,
        """
        concern=network store=network change=0123abcd seconds=8
        . "$scripts/guard.sh"
        host_files() { cat >"$STATE/$1"; }
        for other in take_lock refuse_pending refuse_failed finish_interrupted interface_of check_renders \
            note_before forget_last; do
            eval "$other() { :; }"
        done
        arm() { :; }
        is_done() { return 1; }
        bounded() { :; }
        report() { echo "came to the end"; }
        guarded remove </dev/null
        """,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "came to the end\n", "")
    assert script("host_files").parse((tmp_path / "save").read_text()) == []


@pytest.mark.parametrize(
    ("configured", "said"),
    [
        (True, "docker stays, as it is configured"),
        (False, "remove engine\nremoved; images and volumes are kept in /var/lib/docker"),
    ],
)
def test_docker_that_is_configured_stays_where_the_step_that_installed_it_is_replaced(
    tmp_path: Path, configured: bool, said: str
) -> None:
    (tmp_path / "engine.packages").write_text("docker.io\n")
    if configured:
        (tmp_path / "docker").mkdir()
    done = shell(
        tmp_path,
        """
        cp "$scripts"/*.sh "$STATE" && scripts=$STATE
        echo 'was_interrupted() { false; }; remove_packages() { echo "remove $1"; }' >"$scripts/packages.sh"
        . "$scripts/engine.sh"
        say() { echo "$*"; }
        for other in systemctl ip restore_files; do eval "$other() { :; }"; done
        remove
        """,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n", "")


def test_only_one_container_can_have_an_address_or_a_port_of_the_host(tmp_path: Path) -> None:
    (tmp_path / "web").write_text(
        "image=web\nplace=1\nnetwork=front fd00::1:0:2 0123456789ab\npublish=8080:80/tcp\npublish=53/udp\n"
    )
    done = shell(tmp_path, '. "$scripts/container.sh"\nclaims "$STATE/web"')
    assert done.stderr == ""
    assert done.stdout == "network=front fd00::1:0:2\npublish=8080/tcp\n"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("echo fine", 0, ""),
        ("echo why; false", 1, "why\nfailed: starting it failed; {mend}\n"),
        (
            "echo slow; exec sleep 60",
            1,
            "slow\nfailed: starting it took more than 0.5 s, and failed; {mend}\n",
        ),
    ],
)
def test_a_command_that_fails_or_hangs_is_named_with_what_it_said(
    tmp_path: Path, command: str, code: int, said: str
) -> None:
    done = shell(
        tmp_path,
        f"""
        exec 2>&1 9>/dev/null
        eval "$(sed -n '/^quietly/,/^}}/p; /^bounded/p' "$scripts/lib.sh")"
        quietly 0.5 "starting it" bash -c '{command}'
        """,
    )
    mend = "mend what is said above on this host, then run `pulumi up` again"
    assert (done.stdout, done.returncode) == (said.format(mend=mend), code)


def test_wanted_files_that_do_not_arrive_are_said(tmp_path: Path) -> None:
    done = shell(
        tmp_path, 'sleep() { command sleep 2; }; sleep | DUALSTACK_INPUT_SECONDS=0.2 "$scripts/apply" kernel'
    )
    assert (done.returncode, done.stderr) == (
        1,
        "kernel: the wanted files did not arrive within 0.2 s; nothing was changed; run `pulumi up` again\n",
    )


UNTIL_TRUE = """
eval "$(sed -n '/^until_true/,/^}/p' "$scripts/lib.sh")"
unset -f sleep
"""


@pytest.mark.parametrize(("from_look", "code"), [(3, 0), (1000, 1)])
def test_a_gateway_may_take_a_second_until_it_answers(tmp_path: Path, from_look: int, code: int) -> None:
    done = shell(
        tmp_path,
        f"""
        {UNTIL_TRUE}
        concern=network store=network
        . "$scripts/network.sh"
        ping() {{ return 1; }}
        ip() {{
            [ "$2 $3" = "neigh show" ] || return 0
            echo look >>"$STATE/looks"
            if [ "$(wc -l <"$STATE/looks")" -ge {from_look} ]; then echo "lladdr 02:00:00:00:00:01"; fi
        }}
        gateway_answers ens5 fe80:ec2::1
        """,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize(("slow", "code"), [(2, 0), (60, 1)])
def test_a_network_that_is_right_a_moment_later_is_not_changed_again(
    tmp_path: Path, slow: int, code: int
) -> None:
    done = shell(
        tmp_path,
        f"""
        {UNTIL_TRUE}
        concern=network store=network change=0123abcd seconds=8 wanted= nic=ens5
        . "$scripts/guard.sh"
        host_files() {{ :; }}
        network_state() {{ :; }}
        checks() {{ [ "$SECONDS" -ge {slow} ]; }}
        SECONDS=0
        is_done apply
        """,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
