"""What a host is told at its first boot."""

from importlib.resources import files as package_files
from textwrap import indent

from .host_keys import HostKey

ADDRESS_SCRIPT = "own-address.sh"


def cloud_config(host_key: HostKey, own_address: str | None = None) -> str:
    """cloud-config that gives the host its SSH host key, the only one it has (cloud-init, module cc_ssh).

    `own_address`: an IPv6 address that cloud-init will not find out by itself, as the interface holds nothing
    but a prefix; the host takes it at every boot, before sshd starts (module cc_bootcmd).

    The text holds the private half: treat it as a secret. Another text, of the script too, replaces the
    instances that were told this one.
    """
    return (
        "#cloud-config\n"
        "ssh_deletekeys: true\n"
        "ssh_keys:\n"
        "  ed25519_private: |\n"
        f"{indent(host_key.private, '    ')}"
        f"  ed25519_public: {host_key.public}\n"
    ) + (_at_every_boot(own_address) if own_address else "")


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
