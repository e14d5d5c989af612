"""The mirror of packages and the registry of container images, as somebody outside of any VPC sees them."""

import json
from pathlib import Path

import pytest

from lab.certificates import authority_certificate
from lab.names import PACKAGES_IPV4, PACKAGES_IPV6, REGISTRY_IPV6
from lab.services import services_dir
from tests.lab.lab_session import Lab, on_operator_side


@pytest.fixture(scope="module", autouse=True)
def lab(lab_session: Lab) -> None:
    lab_session.ensure_up()


def curl(*arguments: str) -> str:
    return on_operator_side(["curl", "--globoff", "--silent", "--max-time", "50", *arguments]).stdout


@pytest.mark.parametrize("address", [f"[{PACKAGES_IPV6}]", str(PACKAGES_IPV4)])
@pytest.mark.parametrize("repository", ["debian", "docker"])
def test_the_mirror_serves_both_repositories_over_both_families(address: str, repository: str) -> None:
    assert "Origin: dualstack lab\n" in curl(f"http://{address}/{repository}/dists/trixie/InRelease")
    caller = "2001:db8:fffe::10" if ":" in address else "203.0.113.10"
    last = (services_dir() / "packages.log").read_text().splitlines()[-1]
    assert last.split(maxsplit=1)[1] == f"{caller} GET /{repository}/dists/trixie/InRelease 200"


@pytest.mark.parametrize("path", ["", "debian/", "debian/pool/..", "../../etc/passwd", "debian/nothing"])
def test_the_mirror_shows_files_and_no_folders(path: str) -> None:
    url = f"http://[{PACKAGES_IPV6}]/{path}"
    assert curl("--path-as-is", "--output", "/dev/null", "--write-out", "%{http_code}", url) == "404"


def test_the_registry_has_the_labs_image_for_who_trusts_its_authority(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text(authority_certificate())
    to = ["--resolve", f"registry.example:443:[{REGISTRY_IPV6}]"]
    tags = "https://registry.example/v2/lab/web/tags/list"
    trusted = curl(*to, "--cacert", str(tmp_path / "authority.pem"), tags)
    assert json.loads(trusted) == {"name": "lab/web", "tags": ["1"]}
    assert curl(*to, tags) == ""
