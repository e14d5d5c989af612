"""What a hosting provider leaves on a host that it hands over, written to the disk before the first boot.

There is no cloud-init and no metadata: a static netplan file, a host key, a user with sudo and a login key.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab.names import LOGIN_USER

NETPLAN_FILE: Final = "etc/netplan/01-netcfg.yaml"
_USER_ID: Final = 1000


@dataclass(frozen=True)
class HostKey:
    """An ed25519 host key: the private half in OpenSSH's form, the public half as an OpenSSH line."""

    private: bytes
    public: str


def new_host_key() -> HostKey:
    """Makes one."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return HostKey(private, public.decode())


def prepare(
    upper: Path, layers: Sequence[Path], name: str, netplan: str, host_key: HostKey, login_keys: Sequence[str]
) -> None:
    """Writes a host's own files to `upper`, which covers the image's `layers` (the top first)."""
    home = f"home/{LOGIN_USER}"
    files = {
        NETPLAN_FILE: (netplan, 0o600),
        "etc/cloud/cloud-init.disabled": ("", 0o644),
        "etc/hostname": (f"{name}\n", 0o644),
        "etc/hosts": (f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n", 0o644),
        "etc/machine-id": (f"{uuid.uuid4().hex}\n", 0o444),
        "etc/ssh/ssh_host_ed25519_key": (host_key.private.decode(), 0o600),
        "etc/ssh/ssh_host_ed25519_key.pub": (f"{host_key.public}\n", 0o644),
        f"etc/sudoers.d/{LOGIN_USER}": (f"{LOGIN_USER} ALL=(ALL) NOPASSWD:ALL\n", 0o440),
        "etc/passwd": (
            _of_image(layers, "etc/passwd") + f"{LOGIN_USER}:x:{_USER_ID}:{_USER_ID}::/{home}:/bin/bash\n",
            0o644,
        ),
        "etc/group": (_of_image(layers, "etc/group") + f"{LOGIN_USER}:x:{_USER_ID}:\n", 0o644),
        "etc/shadow": (_of_image(layers, "etc/shadow") + f"{LOGIN_USER}:*:20000:0:99999:7:::\n", 0o640),
        f"{home}/.ssh/authorized_keys": ("".join(f"{key}\n" for key in login_keys), 0o600),
    }
    for path, (text, mode) in files.items():
        _write(upper, layers, path, text, mode)
    for path in (home, f"{home}/.ssh", f"{home}/.ssh/authorized_keys"):
        os.chown(upper / path, _USER_ID, _USER_ID)
    (upper / home / ".ssh").chmod(0o700)


def _write(upper: Path, layers: Sequence[Path], path: str, text: str, mode: int) -> None:
    """One file. A directory that is made in `upper` hides the mode of the image's, so it gets the same."""
    for parent in reversed(Path(path).parents):
        if not (upper / parent).is_dir():
            (upper / parent).mkdir(parents=True)
            in_image = (layer / parent for layer in layers)
            (upper / parent).chmod(
                next((one.stat().st_mode for one in in_image if one.is_dir()), 0o755) & 0o7777
            )
    (upper / path).write_text(text)
    (upper / path).chmod(mode)


def _of_image(layers: Sequence[Path], path: str) -> str:
    return next(text for layer in layers if (file := layer / path).is_file() and (text := file.read_text()))
