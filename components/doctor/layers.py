"""The layers between this machine and a container, and what is to be said of each. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..contact.attempt import Contact, Setback
from ..verify.difference import Difference

NOT_LOOKED_AT: Final = "not looked at: a layer before it fails"
BY_HAND: Final = "no `pulumi up` does it: put it right by hand"
WAIT: Final = "wait until the change is confirmed or has reverted, then look again"
ON_HOST: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("address", ("address nic", "cloud-init ", "pending "), "the host has its own address and no other"),
    ("gateway", ("route default",), "the default route leads to the gateway"),
    ("routes", ("route ", "kernel "), "forwarding is on, and the routes are there"),
    ("filter", ("filter ", "foreign filter "), "our filter is loaded as declared, and no other one drops"),
    ("docker", ("unit docker.service", "docker network ", "address "), "docker runs, with its networks"),
    ("containers", ("container ", "compose "), "they run, each with its address"),
    ("rest", ("",), "files and units are as they should be"),
)
"""Layer, the beginnings of the differences that belong to it (the first that takes one has it), and what
is said where there is none.
"""
HERE: Final = ("route", "tcp", "ssh", "host key", "login")


@dataclass(frozen=True)
class Layer:
    """`ok`: None for one that was not looked at. `text`: what is so, or why not. `advice`: what to do."""

    name: str
    ok: bool | None
    text: str
    advice: str = ""


def way_in(where: str, has_route: bool, met: Contact | Setback | None, instance: str) -> list[Layer]:
    """From this machine to a login. `where`: such as `debian@2001:db8::1 port 22`; `instance`: its id, if
    any.
    """
    if not has_route:
        advice = "see `ip -6 route` here; run it where there is a way, or set `dualstack:connect`"
        return _failed_at("route", f"this machine has no route to {where}", advice)
    if isinstance(met, Setback):
        return _setback(where, met, instance)
    said = ("this machine has a way", "the port takes connections", "sshd answers", "it is the known one")
    return [
        *(Layer(name, True, text) for name, text in zip(HERE, said, strict=False)),
        Layer("login", True, where),
    ]


def _setback(where: str, met: Setback, instance: str) -> list[Layer]:
    at = f"its bastion before {where}" if met.at_bastion else where
    console = f"`aws ec2 get-console-output --latest --instance-id {instance}`" if instance else "its console"
    if met.kind == "unreachable":
        advice = f"does it run, does the security group's sshFrom hold this machine's address? {console}"
        return _failed_at("tcp", f"{at}: {met.seen}", advice)
    if met.kind in ("silent", "closed"):
        return _failed_at("ssh", f"{at}: {met.seen}", f"is sshd up, or is something else there? {console}")
    if met.kind == "other key":
        advice = "nothing was sent to it; is it another machine? a host keeps the key that it was made with"
        return _failed_at("host key", f"{at} shows {met.seen}", advice)
    advice = "check sshUser, and that the public half of sshPrivateKey is in its authorized_keys"
    return _failed_at("login", f"{at}: {met.seen}", advice)


def _failed_at(name: str, text: str, advice: str) -> list[Layer]:
    """The layers of the way in up to the one that fails."""
    before = [Layer(one, True, "") for one in HERE[: HERE.index(name)]]
    after = [Layer(one, None, NOT_LOOKED_AT) for one in HERE[HERE.index(name) + 1 :]]
    return [*before, Layer(name, False, text, advice), *after]


def on_host(differences: Sequence[Difference], nic: str, repair: str | None) -> list[Layer]:
    """The layers that are seen from within the host. `nic`: the interface that leads out."""
    left = list(differences)
    layers: list[Layer] = []
    for name, beginnings, right in ON_HOST:
        mine = [one for one in left if _subject(one, nic).startswith(beginnings)]
        left = [one for one in left if one not in mine]
        text = "; ".join(_in_short(one) for one in mine)
        layers.append(Layer(name, not mine, text or right, _advice(mine, repair)))
    return layers


def _subject(one: Difference, nic: str) -> str:
    if one.kind == "address" and one.subject == nic:
        return "address nic"
    if one.kind == "unit" and "filter" in one.subject:
        return "filter unit"
    return f"{one.kind} {one.subject}"


def _in_short(one: Difference) -> str:
    """The subject, and the first two lines that say what the host has."""
    has = [line[1:].strip() for line in one.lines if line.startswith("-")]
    missing = [f"lacks {line[1:].strip()}" for line in one.lines if line.startswith("+")]
    return f"{one.kind} {one.subject}: {', '.join((has or missing)[:2])}"


def _advice(differences: Iterable[Difference], repair: str | None) -> str:
    mendings = {one.mending for one in differences}
    if "user" in mendings:
        return BY_HAND
    if "up" in mendings:
        return repair or "run `pulumi up` with another `repair`"
    return WAIT if mendings else ""


def not_looked_at() -> list[Layer]:
    """The host's layers, where nobody can look."""
    return [Layer(name, None, NOT_LOOKED_AT) for name, _, _ in ON_HOST]


def failures_with(host: str, table: str) -> list[str]:
    """The failed pairs of a reachability table in which the host, or a container of its, has a part."""
    lines = [line.removeprefix("failed: ") for line in table.splitlines() if line.startswith("failed: ")]
    return [line for line in lines if any(f" {host}{end}" in f" {line}" for end in ("/", ":", ",", " "))]


def pairs(failures: Sequence[str]) -> Layer:
    """What the reachability check says of pairs with this host. `failures`: its lines."""
    if not failures:
        return Layer("pairs", True, "every pair with this host goes as it should")
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return Layer("pairs", False, f"{failures[0]}{more}", "the layer after the pair says where it stops")


def security_group(
    rules: Sequence[tuple[str, int | None, int | None]], ports: Sequence[tuple[str, int]], on_aws: bool
) -> Layer:
    """What the state says of it. `rules`: (protocol, first port, last port) of those that let something in;
    `ports`: (protocol, number) of those that the host's containers declare.
    """
    if not on_aws:
        return Layer("security group", True, "none: the host is not on AWS, or the group is not this stack's")
    closed = [
        f"{number}/{protocol}"
        for protocol, number in ports
        if not any(_opens(rule, protocol, number) for rule in rules)
    ]
    closed += [] if any(protocol == "icmpv6" for protocol, _, _ in rules) else ["icmpv6"]
    if closed:
        return Layer("security group", False, f"no rule for {', '.join(closed)}", "run `pulumi up`")
    return Layer("security group", True, f"{len(rules)} rules, icmpv6 and each declared port among them")


def _opens(rule: tuple[str, int | None, int | None], protocol: str, number: int) -> bool:
    of, first, last = rule
    return of == "-1" or (of == protocol and (first or 0) <= number <= (last or 0))


def as_text(host: str, layers: Sequence[Layer]) -> str:
    """One line for each layer, and below a failed one what to do."""
    words = {True: "ok", False: "FAILED", None: "-"}
    lines: list[str] = []
    for layer in layers:
        lines.append(f"  {layer.name:<15} {words[layer.ok]:<7} {layer.text}".rstrip())
        if layer.advice:
            lines.append(f"  {'':<15} {'':<7} -> {layer.advice}")
    failed = [layer.name for layer in layers if layer.ok is False]
    verdict = f"stops at: {', '.join(failed)}" if failed else "every layer is right"
    return "".join(f"{line}\n" for line in [f"{host}: {verdict}", *lines])
