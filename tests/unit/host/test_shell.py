"""Single functions of the host's shell scripts, with commands that stand in for the host's own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.host.shell_functions import SCRIPTS, shell
from tests.unit.host.test_host_files import script

KINDS = ("container inspect", "image inspect", "network inspect")


@pytest.mark.parametrize("script", ["container.sh", "places", "places.sh"])
def test_docker_is_asked_about_containers_not_about_an_image_or_a_network_of_that_name(script: str) -> None:
    lines = (SCRIPTS / script).read_text().splitlines()
    asked = [line for line in lines if " inspect " in line]
    assert asked
    assert [line for line in asked if not any(f"docker {kind}" in line for kind in KINDS)] == []


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
