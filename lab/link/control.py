"""The links' paths beside the endpoint's: /lab/links and /lab/link-routes."""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from lab.image import ImageError
from lab.link.runtime import Links

Answer = tuple[str, Any]


def link_routes(links: Links) -> dict[tuple[str, str], Callable[[Any], Answer]]:
    """What answers at these paths.

    GET /lab/links              all links with their hosts
    POST /lab/links             {"name": ..., "hosts": 2, "image": ..., "loginKeys": [...]}
    DELETE /lab/links           {"name": ...}
    POST /lab/link-routes       {"link": ..., "prefix": ..., "via": ...}
    DELETE /lab/link-routes     {"link": ..., "prefix": ...}
    """

    def listing(_: Any = None) -> Answer:
        return "200 OK", links.described()

    def up(body: Any) -> Answer:
        try:
            links.up(body["name"], int(body["hosts"]), body["image"], tuple(body["loginKeys"]))
        except ImageError as problem:
            raise ValueError(str(problem)) from problem
        return "201 Created", links.described()

    def down(body: Any) -> Answer:
        links.down(body["name"])
        return listing()

    def add_route(body: Any) -> Answer:
        links.add_route(body["link"], IPv6Network(body["prefix"]), IPv6Address(body["via"]))
        return listing()

    def remove_route(body: Any) -> Answer:
        links.remove_route(body["link"], IPv6Network(body["prefix"]))
        return listing()

    return {
        ("GET", "/lab/links"): listing,
        ("POST", "/lab/links"): up,
        ("DELETE", "/lab/links"): down,
        ("POST", "/lab/link-routes"): add_route,
        ("DELETE", "/lab/link-routes"): remove_route,
    }
