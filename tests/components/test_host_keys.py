"""Host keys: derived, always the same, and in the forms that OpenSSH reads."""

import subprocess
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from components.host_keys import derive_host_key, openssh_public_line
from components.user_data import cloud_config


def test_the_key_of_a_host_never_changes() -> None:
    key = derive_host_key("seed", "lab", "host-1")
    assert key.public == ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEIGToDmXBwenij8fBoD6QuwvJR0OfumJMuPDtvVUSk+")
    assert derive_host_key("seed", "lab", "host-1") == key


@pytest.mark.parametrize(
    "other", [("seed", "lab", "host-2"), ("seed", "dev", "host-1"), ("weed", "lab", "host-1")]
)
def test_every_host_stack_and_seed_has_a_key_of_its_own(other: tuple[str, str, str]) -> None:
    assert derive_host_key(*other) != derive_host_key("seed", "lab", "host-1")


def test_openssh_reads_the_private_half(tmp_path: Path) -> None:
    key = derive_host_key("seed", "lab", "host-1")
    path = tmp_path / "key"
    path.write_text(key.private)
    path.chmod(0o600)
    read = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == key.public


def test_the_two_halves_belong_together() -> None:
    key = derive_host_key("seed", "lab", "host-1")
    load_ssh_private_key(key.private.encode(), password=None)
    assert openssh_public_line(key.private) == key.public


def test_a_key_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="not a private ssh key without a passphrase"):
        openssh_public_line("no key at all")


def test_user_data_gives_the_host_its_key_and_no_other() -> None:
    key = derive_host_key("seed", "lab", "host-1")
    text = cloud_config(key)
    assert text.startswith("#cloud-config\n")
    assert yaml.safe_load(text) == {
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": key.private, "ed25519_public": key.public},
    }


def test_a_host_without_a_given_key_makes_one_of_the_only_kind_that_is_taken() -> None:
    assert yaml.safe_load(cloud_config(None)) == {"ssh_deletekeys": True, "ssh_genkeytypes": ["ed25519"]}
