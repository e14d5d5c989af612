"""Other people's filters on this host that keep packets from containers."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

IPTABLES = ("filter", "nat", "mangle", "raw", "security")
"""Tables that iptables-nft keeps; their chains are read by ip6tables."""
DOCKERS_OWN = ("docker-bridges",)
"""Those of dockerd's nftables backend (Engine 29)."""


def said(*command: str) -> str:
    """What a command printed; empty when it is not there or failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def ufw_forwards() -> str | None:
    """ufw's policy for what is forwarded, `DROP` unless somebody changed it; None where it is not active."""
    if not said("ufw", "status").startswith("Status: active"):
        return None
    try:
        text = Path("/etc/default/ufw").read_text()
    except OSError:
        return "DROP"
    found = re.search(r'^DEFAULT_FORWARD_POLICY="?(\w+)', text, re.MULTILINE)
    return found.group(1) if found else "DROP"


def firewalld_runs() -> bool:
    """Whether firewalld is active; it rejects what no zone forwards."""
    return said("systemctl", "is-active", "firewalld.service").strip() == "active"


def foreign_filters() -> list[str]:
    """One line for each filter that drops what is forwarded over IPv6, and is neither ours nor Docker's."""
    found: list[str] = []
    policy = ufw_forwards()
    if policy is not None and policy.upper() != "ACCEPT":
        found.append(f"ufw is active, and its forward policy is {policy}")
    if firewalld_runs():
        found.append("firewalld is active, and rejects what no zone forwards")
    if policy is None:
        found += [f"ip6tables: {rule}" for rule in dropping_rules(said("ip6tables", "--list-rules"))]
    return found + dropping_chains(json.loads(said("nft", "--json", "list", "ruleset") or "{}"))


def dropping_rules(listed: str) -> list[str]:
    """Rules, as `ip6tables --list-rules` shows them, that drop or reject in the chains where Docker's own
    only let through or jump.
    """
    chains = r"-A (FORWARD|DOCKER-USER) (.* )?-j (DROP|REJECT)( .*)?"
    return [line for line in listed.splitlines() if re.fullmatch(chains, line)]


def dropping_chains(ruleset: dict[str, Any]) -> list[str]:
    """The same for nft's own tables, from its JSON (libnftables-json(5))."""
    entries: list[dict[str, Any]] = ruleset.get("nftables", [])
    chains = [one["chain"] for one in entries if "chain" in one]
    rules = [one["rule"] for one in entries if "rule" in one]
    found: list[str] = []
    for chain in chains:
        if chain.get("hook") != "forward" or not is_foreign(chain):
            continue
        name = f"nft: table {chain['family']} {chain['table']}, chain {chain['name']}"
        own = [one for one in rules if belongs_to(one, chain)]
        if chain.get("policy") == "drop":
            found.append(f"{name}: its policy is drop")
        elif any("drop" in each or "reject" in each for one in own for each in one["expr"]):
            found.append(f"{name}: a rule drops")
    return found


def is_foreign(chain: dict[str, Any]) -> bool:
    """Whether a chain sees IPv6, and is of a table that is neither ours nor Docker's nor iptables'."""
    table = str(chain["table"])
    if chain["family"] not in ("ip6", "inet") or table.startswith("dualstack") or table == "firewalld":
        return False
    return not (table in DOCKERS_OWN or (chain["family"] == "ip6" and table in IPTABLES))


def belongs_to(rule: dict[str, Any], chain: dict[str, Any]) -> bool:
    """Whether a rule is one of a chain."""
    return all(
        rule[key] == chain[of] for key, of in (("family", "family"), ("table", "table"), ("chain", "name"))
    )
