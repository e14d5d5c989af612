"""Which registries a host can pull from over IPv6, and what is said of the others, before docker tries."""

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
HOST = """
set -euo pipefail
fail() { echo "failed: $*"; exit 1; }
bounded() {
    shift
    case $1 in
    bash) [ -n "$REACHES_IPV4" ] ;;
    *) "$@" ;;
    esac
}
getent() {
    case $1-$2 in
    ahostsv6-both.example) printf '2001:db8::1 STREAM both.example\\n2001:db8::1 DGRAM\\n' ;;
    ahostsv6-ipv4.example) echo '::ffff:203.0.113.7 STREAM ipv4.example' ;;
    ahostsv4-both.example | ahostsv4-ipv4.example) echo '203.0.113.7 STREAM name' ;;
    *) return 2 ;;
    esac
}
docker() {
    case $1 in
    image) return 1 ;;
    info) echo "$PROXY" ;;
    pull) echo "$SAYS" >&2; [ -z "$SAYS" ] ;;
    esac
}
REACHES_IPV4='' PROXY='' SAYS=''
. "$1/registry.sh"
"""
WAYS_OUT = (
    "take the image from a registry with IPv6, or through a cache or mirror that has it; or give the host a "
    "way to IPv4: a subnet with nat64, or connect: ipv4; or load the image on the host with `docker load`\n"
)


def bash(text: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", HOST + text, "bash", str(SCRIPTS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("registry.example/lab/web:1", "registry.example"),
        ("registry.example:5000/web", "registry.example:5000"),
        ("localhost/web", "localhost"),
        ("nginx:stable", ""),
        ("library/nginx", ""),
        ("docker.io/library/nginx:stable", ""),
    ],
)
def test_the_registry_of_an_image_is_its_first_part_where_that_is_a_host(image: str, registry: str) -> None:
    assert bash(f"registry_of {image}").stdout.strip() == registry


@pytest.mark.parametrize("image", ["both.example/web", "both.example:5000/web", "nobody.example/web", "web"])
def test_a_registry_with_ipv6_or_unknown_is_left_to_docker(image: str) -> None:
    done = bash(f"pull {image}")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("setting", ["REACHES_IPV4=yes", "PROXY=http://proxy.example"])
def test_so_is_one_without_where_the_host_has_another_way(setting: str) -> None:
    done = bash(f"{setting}; pull ipv4.example/web")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_registry_with_an_a_record_only_is_named_with_the_ways_out() -> None:
    done = bash("pull ipv4.example/web")
    assert done.returncode == 1
    assert done.stdout == (
        "failed: registry ipv4.example has no IPv6 address, only an A record (203.0.113.7), which this host "
        f"does not reach; {WAYS_OUT}"
    )


def test_a_name_on_the_way_without_ipv6_is_told_from_what_docker_says() -> None:
    says = 'Get "https://blobs.example/v2/": dial tcp 203.0.113.9:443: connect: network is unreachable'
    done = bash(f"SAYS='{says}'; pull both.example/web")
    assert (done.returncode, done.stderr) == (1, f"{says}\n")
    assert done.stdout == (
        "failed: pulling both.example/web failed over IPv4, as a name on the way has no IPv6 address; "
        f"{WAYS_OUT}"
    )


def test_any_other_failure_is_told_as_it_is() -> None:
    done = bash("SAYS='manifest unknown'; pull both.example/web")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "failed: pulling both.example/web failed\n",
        "manifest unknown\n",
    )
