"""The lab's authority is the same everywhere, and a TLS client that trusts it trusts the lab's servers."""

import socket
import ssl
from pathlib import Path
from threading import Thread

import pytest

from lab.certificates import authority_certificate, server_certificate


def handshake(name: str, folder: Path) -> str:
    """What a client of this name makes of a server that has a certificate for `registry.example`."""
    certificate = server_certificate(["registry.example", "other.example"])
    (folder / "certificate.pem").write_text(certificate.certificate)
    (folder / "key.pem").write_text(certificate.private_key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    client = ssl.create_default_context(cadata=authority_certificate())
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(far, server_side=True).close()
        except OSError:
            far.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        with near, client.wrap_socket(near, server_hostname=name) as channel:
            return str(channel.version())
    finally:
        thread.join()


def test_the_authority_is_the_same_at_every_call() -> None:
    assert authority_certificate() == authority_certificate()


@pytest.mark.parametrize("name", ["registry.example", "other.example"])
def test_a_client_that_trusts_the_authority_trusts_its_servers(name: str, tmp_path: Path) -> None:
    assert handshake(name, tmp_path) == "TLSv1.3"


def test_a_server_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake("somebody.example", tmp_path)
