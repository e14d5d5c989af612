"""A plain shared link as tests hold it: brought up by the command line, its hosts reached by SSH."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.link import client
from lab.link.client import ListedHost, ListedLink
from lab.machines import Host
from tests.lab.lab_session import Keys, lab_command


@dataclass(frozen=True)
class PlainLink:
    """A link that is up, and the key that opens its hosts."""

    listed: ListedLink
    keys: Keys

    def host(self, number: int) -> Host:
        """The machine of the host with this number, from 1."""
        return Host(self.of(number).id)

    def of(self, number: int) -> ListedHost:
        """What is known of the host with this number, from 1."""
        return self.listed.hosts[number - 1]


@contextmanager
def plain_link(
    name: str, keys: Keys, hosts: int = 2, image: str = "debian-13-docker"
) -> Generator[PlainLink]:
    """While open, a link with hosts that take logins."""
    login = str(keys.folder / "login.pub")
    command = ("link", "up", name, "--hosts", str(hosts), "--image", image, "--login-key", login)
    answer = lab_command(*command, timeout=300)
    assert answer.returncode == 0, answer.stderr
    (listed,) = (link for link in client.listing() if link.name == name)
    try:
        yield PlainLink(listed, keys)
    finally:
        down = lab_command("link", "down", name)
        assert down.returncode == 0, down.stderr
