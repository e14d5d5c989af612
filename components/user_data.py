"""What a host is told at its first boot."""

from textwrap import indent

from .host_keys import HostKey


def cloud_config(host_key: HostKey) -> str:
    """cloud-config that gives the host its SSH host key, the only one it has (cloud-init, module cc_ssh).

    The text holds the private half: treat it as a secret.
    """
    return (
        "#cloud-config\n"
        "ssh_deletekeys: true\n"
        "ssh_keys:\n"
        "  ed25519_private: |\n"
        f"{indent(host_key.private, '    ')}"
        f"  ed25519_public: {host_key.public}\n"
    )
