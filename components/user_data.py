"""What a host is told at its first boot."""

from importlib.resources import files as package_files
from textwrap import indent

from .host_keys import HostKey

ADDRESS_SCRIPT = "own-address.sh"


def cloud_config(host_key: HostKey | None, own_address: str | None = None) -> str:
    """cloud-config that gives the host its SSH host key, the only one it has (cloud-init, module cc_ssh).
    Without one the host makes an Ed25519 key itself, and no other.

    `own_address`: an IPv6 address that cloud-init will not find out by itself, as the interface holds nothing
    but a prefix; the host takes it at every boot, before sshd starts (module cc_bootcmd).

    With a key, the text holds the private half: treat it as a secret. Another text, of the script too,
    replaces the instances that were told this one.
    """
    keys = _given_key(host_key) if host_key else "ssh_genkeytypes: [ed25519]\n"
    return f"#cloud-config\nssh_deletekeys: true\n{keys}" + (
        _at_every_boot(own_address) if own_address else ""
    )


def _given_key(key: HostKey) -> str:
    return f"ssh_keys:\n  ed25519_private: |\n{indent(key.private, '    ')}  ed25519_public: {key.public}\n"


def _at_every_boot(own_address: str) -> str:
    script = (package_files(__package__ or "") / "host" / "boot" / ADDRESS_SCRIPT).read_text()
    return (
        "bootcmd:\n"
        "  - - bash\n"
        "    - -c\n"
        "    - |\n"
        f"{indent(script, '      ')}"
        f"    - {ADDRESS_SCRIPT}\n"
        f'    - "{own_address}"\n'
    )
