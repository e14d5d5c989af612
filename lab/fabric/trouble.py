"""Makes a cable slow, lossy or late, at the router's end: what the instance receives, not what it sends.

Rate is a token bucket (tc-tbf), loss an nft rule of its own table, delay needs the netem queue, which not
every kernel has.
"""

import subprocess
from dataclasses import dataclass

from lab.fabric import namespaces
from lab.fabric.model import End
from lab.fabric.rules import load_ruleset


class NotSupportedError(RuntimeError):
    """The machine's kernel cannot do what was asked."""


@dataclass(frozen=True)
class Trouble:
    """What a cable suffers from."""

    rate_kilobits: int | None
    """Per second; None for no limit."""
    loss_percent: float
    delay_milliseconds: float


def trouble(end: End, wish: Trouble) -> None:
    """Put this trouble in place of what was there. Raises NotSupportedError for a delay without netem."""
    _run(end, ["tc", "qdisc", "delete", "dev", end.device, "root"])
    refused = _queue(end, wish)
    load_ruleset(end.namespace, loss_ruleset(end.device, wish.loss_percent))
    if refused:
        raise NotSupportedError(
            f"cannot delay {end.device} by {wish.delay_milliseconds} ms: {refused}; "
            "this needs a kernel with netem (CONFIG_NET_SCH_NETEM), rate and loss do not"
        )


def _queue(end: End, wish: Trouble) -> str:
    """Set the queue; returns why the kernel refused, or nothing."""
    base = ["tc", "qdisc", "add", "dev", end.device, "root"]
    rate = f"{wish.rate_kilobits}kbit"
    if wish.delay_milliseconds:
        limit = ["rate", rate] if wish.rate_kilobits else []
        return _run(end, [*base, "netem", "delay", f"{wish.delay_milliseconds}ms", *limit])
    if wish.rate_kilobits:
        # The bucket must hold the largest packet.
        return _run(end, [*base, "tbf", "rate", rate, "burst", "16kb", "latency", "500ms"])
    return ""


def loss_ruleset(device: str, percent: float) -> str:
    """A text for `nft -f`: of what leaves by the device, this share is lost at random, in steps of 0.01 %."""
    table = f"trouble-{device}"
    text = f"table inet {table}\ndelete table inet {table}\n"
    if percent <= 0:
        return text
    chance = "" if percent >= 100 else f"numgen random mod 10000 < {round(percent * 100)} "
    return (
        f"{text}table inet {table} {{\n\tchain loss {{\n"
        "\t\ttype filter hook postrouting priority 400; policy accept;\n"
        f'\t\toifname "{device}" {chance}drop\n\t}}\n}}\n'
    )


def _run(end: End, command: list[str]) -> str:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = namespaces.inside(end.namespace, run)
    return done.stderr.strip() if done.returncode else ""
