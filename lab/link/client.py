"""The links of the running lab, asked and changed from any process of this computer."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Final

from lab.errors import LabError
from lab.fabric import namespaces
from lab.names import ENDPOINT_HOST, ENDPOINT_PORT, OPERATOR_NAMESPACE

_SECONDS: Final = 300.0
"""Enough for an image that is built first."""


@dataclass(frozen=True)
class ListedHost:
    """A host on a link, for people."""

    name: str
    id: str
    address: str
    ipv4: str
    host_key: str
    """The public half, an OpenSSH line."""


@dataclass(frozen=True)
class ListedLink:
    """A link, for people."""

    name: str
    prefix: str
    allocation: str
    router: str
    image: str
    routes: dict[str, str]
    """From a prefix to the next hop, as the router was told."""
    hosts: tuple[ListedHost, ...]


def listing() -> list[ListedLink]:
    """All links. Raises LabError."""
    return _links(_call("GET", "/lab/links", {}))


def up(name: str, hosts: int, image: str, login_keys: list[str]) -> ListedLink:
    """Lays a link and starts its hosts. Raises LabError."""
    wish = {"name": name, "hosts": hosts, "image": image, "loginKeys": login_keys}
    made = _links(_call("POST", "/lab/links", wish))
    return next(link for link in made if link.name == name)


def down(name: str) -> None:
    """Takes a link away with its hosts. Raises LabError."""
    _call("DELETE", "/lab/links", {"name": name})


def add_route(link: str, prefix: str, via: str) -> None:
    """Tells the router of a link a route. Raises LabError."""
    _call("POST", "/lab/link-routes", {"link": link, "prefix": prefix, "via": via})


def remove_route(link: str, prefix: str) -> None:
    """Undoes `add_route`. Raises LabError."""
    _call("DELETE", "/lab/link-routes", {"link": link, "prefix": prefix})


def find(name: str) -> ListedHost | None:
    """The host of this name or id on any link, or None. Raises LabError."""
    hosts = [host for link in listing() for host in link.hosts]
    return next((host for host in hosts if name in (host.name, host.id)), None)


def _links(answer: Any) -> list[ListedLink]:
    return [
        ListedLink(
            **{key: value for key, value in link.items() if key != "hosts"},
            hosts=tuple(
                ListedHost(host["name"], host["id"], host["address"], host["ipv4"], host["hostKey"])
                for host in link["hosts"]
            ),
        )
        for link in answer
    ]


def _call(method: str, path: str, body: dict[str, Any]) -> Any:
    def call() -> tuple[int, Any]:
        connection = HTTPConnection(ENDPOINT_HOST, ENDPOINT_PORT, timeout=_SECONDS)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    try:
        status, answer = namespaces.inside(OPERATOR_NAMESPACE, call)
    except (OSError, ValueError) as problem:
        raise LabError(f"the lab does not answer: {problem}") from problem
    if status >= HTTPStatus.BAD_REQUEST:
        raise LabError(answer["error"])
    return answer
