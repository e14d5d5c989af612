"""The lab's own certificate authority, which its machines trust, and the certificates it gives to servers.

All keys are derived from a text that everybody knows, so that nothing need be kept: a machine image that was
built long ago trusts a server that starts today. They guard nothing outside of the lab.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BEGIN: Final = datetime(2025, 1, 1, tzinfo=UTC)
_END: Final = datetime(2125, 1, 1, tzinfo=UTC)
_AUTHORITY: Final = "Lab authority"


class ServerCertificate(NamedTuple):
    """Both in PEM."""

    certificate: str
    private_key: str


def authority_certificate() -> str:
    """The authority's own certificate in PEM, the same at every call and on every computer."""
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = _builder(_AUTHORITY, _key(_AUTHORITY)).add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _signed(builder)


def server_certificate(names: Sequence[str]) -> ServerCertificate:
    """A certificate for a server with these names, signed by the authority."""
    key = _key(names[0])
    builder = (
        _builder(names[0], key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ServerCertificate(_signed(builder), private.decode())


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"dualstack lab {name}".encode()).digest())


def _builder(subject: str, key: Ed25519PrivateKey) -> x509.CertificateBuilder:
    serial = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:16], "big") >> 1
    authority = _key(_AUTHORITY).public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(_AUTHORITY))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signed(builder: x509.CertificateBuilder) -> str:
    return builder.sign(_key(_AUTHORITY), None).public_bytes(Encoding.PEM).decode()
