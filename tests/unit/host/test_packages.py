"""What an installation brings in, and what of it goes again."""

from pathlib import Path

import pytest

from tests.unit.host.shell_functions import shell

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
