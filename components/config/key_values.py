"""What keys and secrets in the config must look like; see `values`."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from ..host_keys import openssh_public_line
from ..wording import shown

HOST_KEY_TYPE: Final = "ssh-ed25519"
EC2_KEY_TYPES: Final = ("ssh-ed25519", "ssh-rsa")
"""Key types that EC2 takes for a key pair (EC2 user guide, "Key pairs")."""


def seed(value: str) -> str:
    """A secret to derive keys from. The message never holds any of it."""
    if len(value) < 16:
        raise ValueError(f"{len(value)} characters are too few for a secret seed; give 16 or more")
    return value


def private_key(value: str) -> str:
    """A private SSH key, unlocked. The message never holds any of it."""
    try:
        openssh_public_line(value)
    except ValueError as error:
        if "password" in str(error).lower().replace("without a passphrase", ""):
            raise ValueError(
                "the key is locked with a passphrase; unlock a copy with `ssh-keygen -p -N '' -f COPY`"
            ) from None
        raise ValueError(
            "not a private ssh key in openssh's or pem form; give the text of the file, not its path: "
            "`pulumi config set --secret sshPrivateKey < FILE`"
        ) from None
    return value


def public_key(value: str) -> str:
    """A public SSH key line of a type that EC2 takes, without its comment."""
    line = _public_line(value)
    if line.split()[0] not in EC2_KEY_TYPES:
        raise ValueError(f"a key of type {line.split()[0]}; ec2 takes {' and '.join(EC2_KEY_TYPES)}")
    return line


def host_key(value: str) -> str:
    """A public SSH host key line, `type base64`, without its comment: an Ed25519 one. With an RSA key
    pulumi-command asks for nothing newer than ssh-rsa, which OpenSSH's servers refuse since 8.8.
    """
    line = _public_line(value)
    if (kind := line.split()[0]) != HOST_KEY_TYPE:
        raise ValueError(
            f"a host key of type {kind}; give the host's {HOST_KEY_TYPE} key, the kind on which "
            "pulumi-command and every sshd agree: `ssh-keyscan -t ed25519` shows it"
        )
    return line


def _public_line(value: str) -> str:
    try:
        load_ssh_public_key(value.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            f"{shown(value)} is not a public ssh key line such as `ssh-ed25519 AAAA...`"
        ) from None
    return " ".join(value.split()[:2])
