"""Keys given as text: private keys, and the host key to expect. Errors are worded as in Go's `ssh`."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator
from typing import Final

import asyncssh

from lab.plugins.servicer import ProviderError

NO_KEY: Final = "ssh: no key found"
LOCKED: Final = "ssh: this private key is passphrase protected"
WRONG_PASSWORD: Final = "x509: decryption password incorrect"
CONVERT: Final = "give the key without a password, or convert it: ssh-keygen -p -m PKCS8 -f FILE"
_FIELD: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+')


def private_key(text: str, password: str | None) -> asyncssh.SSHKey:
    """A private key in any of the usual formats. Raises ProviderError at once for one that does not open."""
    try:
        return asyncssh.import_private_key(text, password)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise ProviderError(_not_opened(str(error), password)) from error


def _not_opened(reason: str, password: str | None) -> str:
    # Of the formats with a password, only OpenSSH's own needs the package bcrypt.
    if "bcrypt" in reason and password is not None:
        return f"{reason}: {CONVERT}"
    if "bcrypt" in reason or "Passphrase must be specified" in reason:
        return LOCKED
    return WRONG_PASSWORD if "Incorrect passphrase" in reason or "decrypt" in reason else NO_KEY


def host_key(text: str) -> asyncssh.SSHKey:
    """The first key in lines of `authorized_keys`: options or a host name before the type are allowed.

    Raises ProviderError if there is none.
    """
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            for candidate in _candidates(line.strip()):
                key = _public_key(candidate)
                if key is not None:
                    return key
    raise ProviderError(f"failed to parse host key: {NO_KEY}")


def _candidates(line: str) -> Iterator[str]:
    # `TYPE KEY COMMENT`, or `OPTIONS TYPE KEY COMMENT`; what stands for the type is not looked at.
    fields: list[str] = _FIELD.findall(line)
    yield from fields[1:3]


def _public_key(encoded: str) -> asyncssh.SSHKey | None:
    try:
        blob = base64.b64decode(encoded, validate=True)
        (length,) = struct.unpack_from(">I", blob)
        kind = blob[4 : 4 + length].decode("ascii")
        return asyncssh.import_public_key(f"{kind} {encoded}")
    except (binascii.Error, struct.error, UnicodeDecodeError, asyncssh.KeyImportError):
        return None
