"""What the compose step finds of Compose on a host, with commands that stand in for the host's own."""

import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
BASIS = """
set -euo pipefail
scripts={scripts} STATE={state} concern=compose name=shop
bounded() {{ shift; "$@"; }}
quietly() {{ shift 2; "$@"; }}
fail() {{ echo "failed: $*"; exit 1; }}
. "$scripts/compose.sh"
"""


def shell(state: Path, text: str) -> subprocess.CompletedProcess[str]:
    script = BASIS.format(scripts=SCRIPTS, state=state) + text
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


def test_compose_v2_and_later_is_taken(tmp_path: Path) -> None:
    for version in ("2.26.1-4", "v2.40.3", "5.0.0"):
        assert shell(tmp_path, f"docker() {{ echo {version}; }}; need_compose").returncode == 0


def test_a_compose_that_says_it_is_v1_is_refused(tmp_path: Path) -> None:
    done = shell(tmp_path, "docker() { echo 1.29.2; }; need_compose")
    assert done.stdout == "failed: docker compose is 1.29.2; compose v2 is needed\n"


def test_docker_s_own_packages_have_their_own_plugin(tmp_path: Path) -> None:
    assert (
        shell(tmp_path, "dpkg-query() { echo installed; }; compose_package").stdout
        == "docker-compose-plugin\n"
    )


def test_the_registry_of_each_image_that_is_still_to_be_pulled_is_looked_up_once(tmp_path: Path) -> None:
    (tmp_path / "staged/etc/dualstack/apps/shop").mkdir(parents=True)
    docker = """
docker() {
    case $* in
    *"config --images") echo "in $PWD" >"$STATE/log"; echo here/a; echo there/b; echo there/b; echo there/c ;;
    "image inspect here/a") ;;
    "image inspect"*) return 1 ;;
    esac
}
refuse_ipv4_only_registry() { echo "$1" >>"$STATE/log"; [ "$1" != "$BAD" ] || fail "registry of $1"; }
"""
    check = f"{docker}\ncheck_registries {tmp_path}/staged; echo passed"
    assert shell(tmp_path, f"BAD=''; {check}").stdout == "passed\n"
    assert (
        tmp_path / "log"
    ).read_text() == f"in {tmp_path}/staged/etc/dualstack/apps/shop\nthere/b\nthere/c\n"
    done = shell(tmp_path, f"BAD=there/b; {check}")
    assert (done.returncode, done.stdout) == (1, "failed: registry of there/b\n")


def states(*lines: str) -> str:
    """Stand-ins for a project of one service whose container is in this state."""
    shown = "; ".join(f"echo '{line}'" for line in lines) or ":"
    return f"services() {{ echo web; }}; docker() {{ {shown}; }}; not_up"


def test_a_service_is_up_when_it_runs_healthy_or_has_ended_well(tmp_path: Path) -> None:
    for state in (
        "running, Up 3 seconds",
        "running, Up 3 seconds (healthy)",
        "exited, Exited (0) 2 seconds ago",
    ):
        assert shell(tmp_path, states(state)).stdout == ""


def test_a_service_that_is_not_up_is_named_with_its_state(tmp_path: Path) -> None:
    for state in (
        "running, Up 3 seconds (unhealthy)",
        "running, Up 3 seconds (health: starting)",
        "exited, Exited (1) 2 seconds ago",
        "restarting, Restarting (1) 2 seconds ago",
    ):
        done = shell(tmp_path, states("running, Up 1 second", state))
        assert (done.returncode, done.stdout) == (0, f"web is {state.partition(', ')[2]}\n")
    assert shell(tmp_path, states()).stdout == "web has no container\n"
