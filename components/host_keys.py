"""SSH host keys that are known before a host boots: derived, not read from the first connection."""

import base64
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

ED25519_SEED_BYTES = 32
"""Length of an Ed25519 private key (RFC 8032, 5.1.5)."""

CHECK_NUMBERS = (98, 106)
"""Where the two equal check numbers lie in an unlocked Ed25519 key (openssh-portable, PROTOCOL.key)."""
PEM_LINE = 70
"""Characters of base64 on a line, as ssh-keygen writes them."""


@dataclass(frozen=True)
class HostKey:
    """An Ed25519 key pair in OpenSSH's formats."""

    private: str
    """PEM text, `-----BEGIN OPENSSH PRIVATE KEY-----`, with a final newline."""
    public: str
    """One line, `ssh-ed25519 AAAA...`, without comment or newline."""


def derive_host_key(seed: str, stack: str, host: str) -> HostKey:
    """The host key of `host` in `stack`: always the same for the same seed, unlike for any other.

    The key is HKDF-SHA256 (RFC 5869) over the seed: it needs no place of its own, and tells nothing of the
    seed. The texts are always the same too, or every preview would show a new user data.
    """
    purpose = f"dualstack host key {stack} {host}"
    key = Ed25519PrivateKey.from_private_bytes(
        HKDF(algorithm=SHA256(), length=ED25519_SEED_BYTES, salt=None, info=purpose.encode()).derive(
            seed.encode()
        )
    )
    return HostKey(private=_private_text(key), public=_public_line(key))


def openssh_public_line(private_key: str) -> str:
    """The public half of a private SSH key as one line, `type base64`, without comment.

    Raises ValueError when the text is no private key in OpenSSH's or PEM form, or is locked by a passphrase.
    """
    try:
        key = load_ssh_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"not a private ssh key without a passphrase: {error}") from error
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fingerprint(public_key: str) -> str:
    """A public key's fingerprint, as `ssh-keygen -l` shows it. `public_key`: one OpenSSH line."""
    digest = sha256(base64.b64decode(public_key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _public_line(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _private_text(key: Ed25519PrivateKey) -> str:
    """OpenSSH's form of the key, with the check number, random elsewhere, taken from the public half."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode().splitlines()
    content = base64.b64decode("".join(pem[1:-1]))
    check = sha256(_public_line(key).encode()).digest()[:4] * 2
    start, end = CHECK_NUMBERS
    encoded = base64.b64encode(content[:start] + check + content[end:]).decode()
    lines = [encoded[at : at + PEM_LINE] for at in range(0, len(encoded), PEM_LINE)]
    return "\n".join([pem[0], *lines, pem[-1]]) + "\n"
