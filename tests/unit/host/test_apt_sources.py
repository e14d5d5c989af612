"""Which package sources a host reaches over IPv6, what takes the place of the others, and which are named."""

import json
from pathlib import Path

import pytest

from tests.unit.host.test_host_files import script

apt_sources = script("apt_sources")

ONE_LINE = (
    "# deb http://commented.example/debian trixie main\n"
    "deb [signed-by=/usr/share/keyrings/x.gpg] http://ipv4.example/debian trixie main # and so on\n"
    "deb-src http://both.example/debian trixie main\n"
)
DEB822 = (
    "Types: deb\n"
    "URIs: http://ipv4.example/debian http://both.example:8080/debian\n"
    "Suites: trixie\n"
    "\n"
    "Enabled: no\n"
    "Types: deb\n"
    "URIs: http://switched-off.example/debian\n"
    "Suites: trixie\n"
)
REACHED = {
    "both.example": "ipv6",
    "mirror.example": "ipv6",
    "ipv4.example": "ipv4",
    "eu-central-1.ec2.both.example": "ipv4",
    "eu-central-1.ec2.ipv4.example": "ipv4",
    "[2001:db8::1]": "ipv6",
    "203.0.113.2": "ipv4",
}


def look_up(host: str) -> str:
    return REACHED.get(host, "unknown")


def outcome(line: str, mirror: str | None = None, *, is_own: bool = False) -> tuple[str, list[str]]:
    """What becomes of one file with this line, and the problems."""
    path = "etc/apt/sources.list"
    result = apt_sources.reachable({path: line}, {path} if is_own else set(), look_up, mirror)
    return result.files[path], result.problems


def test_only_what_counts_is_a_source() -> None:
    found = apt_sources.sources_of({"a": ONE_LINE, "b": DEB822})
    assert [(source.path, source.uri) for source in found] == [
        ("a", "http://ipv4.example/debian"),
        ("a", "http://both.example/debian"),
        ("b", "http://ipv4.example/debian"),
        ("b", "http://both.example:8080/debian"),
    ]


@pytest.mark.parametrize(
    "uri",
    ["http://both.example/debian", "http://[2001:db8::1]/debian", "file:/srv/packages", "cdrom:[disc]/"],
)
def test_what_is_reached_stays_as_it_is(uri: str) -> None:
    assert outcome(f"deb {uri} trixie main\n", "http://mirror.example") == (f"deb {uri} trixie main\n", [])


def test_a_regional_mirror_gives_way_to_the_name_it_stands_for() -> None:
    line = "deb http://eu-central-1.ec2.both.example/ubuntu/ noble main\n"
    assert outcome(line) == ("deb http://both.example/ubuntu/ noble main\n", [])


def test_a_mirror_without_a_path_keeps_that_of_the_source() -> None:
    line = "deb http://ipv4.example/debian-security trixie-security main\n"
    expected = "deb http://mirror.example/debian-security trixie-security main\n"
    assert outcome(line, "http://mirror.example") == (expected, [])
    assert outcome(line, "http://mirror.example/") == (expected, [])


def test_a_mirror_with_a_path_takes_the_place_of_the_whole_address() -> None:
    line = "deb http://ipv4.example/debian trixie main\n"
    assert outcome(line, "https://both.example:8443/mirror/debian") == (
        "deb https://both.example:8443/mirror/debian trixie main\n",
        [],
    )


def test_a_source_with_an_a_record_only_is_named_with_its_file_and_the_way_out() -> None:
    line = "deb http://ipv4.example/debian trixie main\n"
    assert outcome(line) == (
        line,
        [
            "http://ipv4.example/debian (/etc/apt/sources.list): ipv4.example has no IPv6 address, only an A "
            "record; give a mirror that has one with packageMirror, or take one in the image's own sources"
        ],
    )


def test_an_ipv4_address_in_place_of_a_name_is_named_as_well() -> None:
    assert "203.0.113.2 has no IPv6 address" in outcome("deb http://203.0.113.2/debian trixie main\n")[1][0]


def test_a_name_without_any_address_is_named_otherwise() -> None:
    assert outcome("deb http://nobody.example/debian trixie main\n")[1] == [
        "http://nobody.example/debian (/etc/apt/sources.list): the name server of this host knows no address "
        "of nobody.example"
    ]


def test_a_mirror_that_has_no_ipv6_either_is_named() -> None:
    line = "deb http://ipv4.example/debian trixie main\n"
    assert outcome(line, "http://eu-central-1.ec2.ipv4.example/debian")[1] == [
        "http://eu-central-1.ec2.ipv4.example/debian (packageMirror): eu-central-1.ec2.ipv4.example has no "
        "IPv6 address, only an A record; take a mirror with an AAAA record"
    ]


def test_a_mirror_that_is_not_needed_is_not_asked_about() -> None:
    line = "deb http://both.example/debian trixie main\n"
    assert outcome(line, "http://ipv4.example/debian") == (line, [])


def test_the_distributions_mirror_does_not_stand_for_dockers_own_packages() -> None:
    line = "deb http://ipv4.example/docker trixie stable\n"
    kept, problems = outcome(line, "http://mirror.example", is_own=True)
    assert kept == line
    assert problems == [
        "http://ipv4.example/docker (/etc/apt/sources.list): ipv4.example has no IPv6 address, only an A "
        "record; take an address of these packages that has one in dockerRepository"
    ]


def test_files_that_a_step_has_changed_are_read_as_they_were_found(tmp_path: Path) -> None:
    root, store = tmp_path / "root", tmp_path / "store"
    parts = root / "etc/apt/sources.list.d"
    parts.mkdir(parents=True)
    (parts / "debian.sources").write_text("changed\n")
    (parts / "docker.sources").write_text("brought\n")
    (parts / "other.list").write_text("other\n")
    (parts / "readme").write_text("no source\n")
    found = store / "found/etc/apt/sources.list.d"
    found.mkdir(parents=True)
    (found / "debian.sources").write_text("found\n")
    manifest: dict[str, dict[str, object]] = {
        "/etc/apt/sources.list.d/debian.sources": {"found": True, "directories": []},
        "/etc/apt/sources.list.d/docker.sources": {"found": False, "directories": []},
    }
    (store / "manifest.json").write_text(json.dumps(manifest))
    assert apt_sources.read_below(root, store) == {
        "etc/apt/sources.list.d/other.list": "other\n",
        "etc/apt/sources.list.d/debian.sources": "found\n",
    }


def test_a_changed_file_is_written_in_the_form_of_the_wanted_text() -> None:
    assert apt_sources.wanted("etc/apt/sources.list", "=== odd\nlast") == (
        "=== /etc/apt/sources.list 0644 root:root\n\\=== odd\nlast\n"
    )
