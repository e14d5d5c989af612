"""Who reaches what in subnets of each kind, as rows of the tables in docs/subnets.md."""

from collections.abc import Sequence

from lab.machines import Host
from lab.names import INTERNET_IPV6
from tests.lab.deployment import Deployment
from tests.lab.exposure import OTHER, container_ipv4, curl_line, ping_line, reached
from tests.lab.lab_session import on_operator_side

OF_EACH_KIND = ("public", "hidden", "new")
"""The hosts in the order of the columns."""
FROM_THE_INTERNET = (
    "| from the internet | `public` | `egress-only` | `ipv6-only` |",
    "|---|---|---|---|",
)
FROM_A_CONTAINER = (
    "| from a container there | `public` | `egress-only` | `ipv6-only` |",
    "|---|---|---|---|",
)


def from_the_internet(spread: Deployment) -> list[str]:
    """The first table. The operator's side is in `sshFrom`."""
    outputs = spread.outputs()
    lines: list[list[str]] = []
    for name in OF_EACH_KIND:
        host, told = spread.host(name), outputs["hosts"][name]
        web = told["containers"]["web"]
        _answer_on_the_other_port(host, web)
        ipv4 = [container_ipv4(host, "web"), *_private_address(spread, name)]
        if name == "new":
            ipv4.append(outputs["nat64PublicIpv4"])
        over_ipv4 = [try_it for each in ipv4 for try_it in _everything(each)]
        lines.append([curl_line(web, 80), curl_line(web, OTHER), _ssh_line(told["address"]), *over_ipv4])
    open_to_it = reached(on_operator_side, lines)

    def cells(what: int) -> list[str]:
        return ["open" if (column, what) in open_to_it else "closed" for column in range(len(lines))]

    of_ipv4 = [
        "open" if any((column, what) in open_to_it for what in range(3, len(line))) else "closed"
        for column, line in enumerate(lines)
    ]
    if of_ipv4[-1] == "closed":
        of_ipv4[-1] = "closed, on the NAT gateway's address too"
    return [
        _row("a declared port on the container's address, IPv6", cells(0)),
        _row("an undeclared port, IPv6", cells(1)),
        _row("SSH on the host's address, IPv6, from `sshFrom`", cells(2)),
        _row("anything over IPv4", of_ipv4),
    ]


def from_a_container(spread: Deployment) -> list[str]:
    """The second table."""
    outputs = spread.outputs()
    told = outputs["hosts"]
    among: list[str] = []
    itself: list[str] = []
    translated: list[str] = []
    for name in OF_EACH_KIND:
        host = spread.host(name)
        others = [told[other] for other in OF_EACH_KIND if other != name]
        tries = [
            f"timeout 8 docker exec web {line} >/dev/null"
            for other in others
            for line in (
                f"ping -6 -c 3 -W 1 {other['address']}",
                f"ping -6 -c 3 -W 1 {other['containers']['web']}",
                f"wget -q -O - http://[{other['containers']['web']}]/",
            )
        ]
        among.append("yes" if len(reached(host.run, [tries])) == len(tries) else "no")
        own = told[name]["containers"]["web"]
        itself.append("yes" if _seen_as(host, f"http://[{INTERNET_IPV6}]/") == own else "no")
        seen = _seen_as(host, "http://internet-ipv4.example/")
        as_gateway = seen == outputs["nat64PublicIpv4"]
        translated.append("yes, seen with the NAT gateway's address" if as_gateway else seen or "no")
    return [
        _row("containers and hosts of the other subnets: ping, declared ports", among),
        _row("the internet over IPv6, seen with the container's own address", itself),
        _row("a service with IPv4 only, by its name", translated),
    ]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def _answer_on_the_other_port(host: Host, web: str) -> None:
    host.succeed(f"{curl_line(web, OTHER)} || docker exec web httpd -p '[::]:{OTHER}' -h /www")
    host.wait_until_succeeds(curl_line(web, OTHER))


def _private_address(spread: Deployment, name: str) -> list[str]:
    address = spread.interface(name).get("PrivateIpAddress")
    return [address] if address else []


def _everything(address: str) -> list[str]:
    return [ping_line(address), curl_line(address, 80), curl_line(address, OTHER), _ssh_line(address)]


def _ssh_line(address: str) -> str:
    greeting = f"exec 3<>/dev/tcp/{address}/22 && head -c 4 <&3"
    return f"timeout 4 bash -c '{greeting}' 2>/dev/null | grep -q SSH-"


def _seen_as(host: Host, url: str) -> str:
    """With which address a container is seen there; empty where it gets no answer."""
    return host.run(["timeout", "5", "docker", "exec", "web", "wget", "-q", "-O", "-", url]).stdout.strip()
