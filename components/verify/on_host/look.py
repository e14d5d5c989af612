"""Runs on a host as root: what the host has of what it should have, as one JSON text on stdout.

Nothing is changed. WANTED is a line of JSON on stdin: paths of `files`, names of `sysctls`, `units`,
`devices`, `networks`, `containers`, `apps`; the texts of `tables` by name and of the `docker_filter`; whether
to ask `cloud_init`. `FIREWALLS` is put before this script: what is known of other people's filters.
"""

import base64
import contextlib
import grp
import json
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

from firewalls import foreign_filters

WANTED: dict[str, Any] = json.loads(sys.stdin.readline())
SECONDS = 20
LARGEST = 1_000_000
PROJECT, SERVICE = "com.docker.compose.project", "com.docker.compose.service"
STATE = Path("/var/lib/dualstack")


def run(*argv: str, text: str = "") -> tuple[int, str]:
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 1, ""
    return done.returncode, done.stdout


def output(*argv: str) -> str:
    return run(*argv)[1]


def from_json(*argv: str) -> Any:
    return json.loads(output(*argv) or "[]")


def file(path: str) -> Any:
    target = Path(path)
    if not target.is_file():
        return None
    status = target.stat()
    owner, group = str(status.st_uid), str(status.st_gid)
    with contextlib.suppress(KeyError):
        owner = pwd.getpwuid(status.st_uid).pw_name
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(status.st_gid).gr_name
    content = target.read_bytes() if status.st_size <= LARGEST else None
    return {
        "content": None if content is None else base64.b64encode(content).decode(),
        "mode": status.st_mode & 0o7777,
        "owner": f"{owner}:{group}",
    }


def sysctl(key: str) -> str:
    try:
        return Path("/proc/sys", *key.split(".")).read_text().strip()
    except OSError:
        return ""


def addresses(device: str, *prefix: str) -> list[Any]:
    shown = from_json(*prefix, "ip", "-json", "-6", "address", "show", "dev", device, "scope", "global")
    return [
        {
            "address": f"{one['local']}/{one['prefixlen']}",
            "dynamic": bool(one.get("dynamic")),
            "temporary": bool(one.get("temporary")),
            "failed": bool(one.get("dadfailed")),
        }
        for link in shown
        for one in link.get("addr_info", ())
        if "local" in one
    ]


def routes() -> list[Any]:
    return [
        {
            "to": one["dst"],
            "via": one.get("gateway", ""),
            "device": one.get("dev", ""),
            "kind": one.get("type", "unicast"),
            "protocol": one.get("protocol", "boot"),
        }
        for one in from_json("ip", "-json", "-6", "route", "show")
    ]


def docker_runs() -> bool:
    return run("docker", "info")[0] == 0


def network(name: str) -> Any:
    found: list[Any] = from_json("docker", "network", "inspect", name)
    if not found:
        return None
    ipam: list[Any] = found[0].get("IPAM", {}).get("Config") or []
    return {
        "ipv6_enabled": bool(found[0].get("EnableIPv6")),
        "ipam": [{key: each.get(key, "") for key in ("Subnet", "Gateway", "IPRange")} for each in ipam],
        "options": found[0].get("Options") or {},
        "ours": "dualstack.network" in (found[0].get("Labels") or {}),
    }


def inside(pid: int, mac: str) -> Any:
    """The interface with this MAC address, as it is in the namespace of the process."""
    enter = ("nsenter", f"--net=/proc/{pid}/ns/net")
    for link in from_json(*enter, "ip", "-json", "link", "show"):
        if link.get("address", "").lower() == mac.lower() and mac:
            name = link["ifname"]
            off = output(*enter, "cat", f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").strip()
            live = [one["address"].split("/")[0] for one in addresses(name, *enter)]
            return {"interface": name, "disable_ipv6": off, "addresses": live}
    return None


def container(one: Any) -> Any:
    state, config = one["State"], one["Config"]
    labels: dict[str, str] = config.get("Labels") or {}
    return {
        "runs": bool(state["Running"]),
        "status": f"{state['Status']} {state['ExitCode']}",
        "image": config["Image"],
        "ours": "dualstack.spec" in labels,
        "service": labels.get(SERVICE, ""),
        "networks": {
            name: {
                "address": on.get("GlobalIPv6Address") or "",
                "inside": inside(state["Pid"], on.get("MacAddress") or "") if state["Running"] else None,
            }
            for name, on in one["NetworkSettings"]["Networks"].items()
        },
    }


def containers(names: list[str]) -> dict[str, Any]:
    found: list[Any] = from_json("docker", "container", "inspect", *names) if names else []
    return {one["Name"].lstrip("/"): container(one) for one in found}


def of_app(name: str) -> dict[str, Any]:
    form = '{{.Names}} {{.Label "com.docker.compose.oneoff"}}'
    lines = output("docker", "ps", "--all", "--filter", f"label={PROJECT}={name}", "--format", form)
    rows = [line.split() for line in lines.splitlines()]
    found = containers([row[0] for row in rows if row[-1] != "True"])
    called = networks_of_app(name)
    for one in found.values():
        one["networks"] = {called.get(docker, docker): on for docker, on in one["networks"].items()}
    return found


def networks_of_app(name: str) -> dict[str, str]:
    """By the name in Docker, which the file may give: the one that Compose gives otherwise."""
    form = '{{.Name}} {{.Label "com.docker.compose.network"}}'
    lines = output("docker", "network", "ls", "--filter", f"label={PROJECT}={name}", "--format", form)
    rows = [line.split() for line in lines.splitlines()]
    return {row[0]: f"{name}_{row[1]}" for row in rows if len(row) == 2}


def labelled_networks() -> list[str]:
    return output(
        "docker", "network", "ls", "--filter", "label=dualstack.network", "--format", "{{.Name}}"
    ).split()


def labelled_containers() -> list[str]:
    form = "{{.Names}}"
    return output("docker", "ps", "--all", "--filter", "label=dualstack.spec", "--format", form).split()


def table(name: str, text: str) -> Any:
    """The table as it is, and as the same nft lists it when it is loaded where it filters nothing: in a
    network namespace of its own, which ends with the command.
    """
    load = f"nft --file /dev/stdin && nft --stateless list table ip6 {name}"
    code, wanted = run("unshare", "--net", "sh", "-c", load, text=text)
    found = run("nft", "--stateless", "list", "table", "ip6", name)
    return {
        "wanted": wanted if code == 0 else None,
        "found": found[1] if found[0] == 0 else None,
        "counted": output("nft", "list", "table", "ip6", name),
    }


def docker_filter(text: str) -> Any:
    """The same for the rules that come before Docker's own."""
    if not text:
        return None
    chain = ("ip6tables", "--wait", "--list-rules")
    listed = "ip6tables-restore --wait --noflush && ip6tables --wait --list-rules DUALSTACK"
    code, wanted = run("unshare", "--net", "sh", "-c", listed, text=text)
    found = run(*chain, "DUALSTACK")
    jumps = [line for line in output(*chain, "DOCKER-USER").splitlines() if line.startswith("-A")]
    return {
        "wanted": wanted if code == 0 else None,
        "found": found[1] if found[0] == 0 else None,
        "first": jumps[:1] == ["-A DOCKER-USER -j DUALSTACK"],
    }


def unit(name: str) -> Any:
    return {
        "active": output("systemctl", "is-active", name).strip(),
        "enabled": output("systemctl", "is-enabled", name).strip() or "not there",
    }


def pending() -> list[str]:
    """What a guarded change of the network has left: a marker, with the concern as its second word."""
    found: list[str] = []
    for state in ("pending", "reverting", "failed"):
        with contextlib.suppress(OSError):
            text = (STATE / "guard" / state).read_text().strip()
            found.append(
                text if state == "failed" else f"a change of {text.split()[1]} is {state}{left(text)}"
            )
    return found


def left(marker: str) -> str:
    """How long until it reverts, from a marker's fifth word, in seconds since the boot."""
    seconds = int(marker.split()[4]) - int(float(Path("/proc/uptime").read_text().split()[0]))
    return f", and reverts in {seconds} s unless it is confirmed" if seconds > 0 else ""


def main() -> None:
    runs = docker_runs() if WANTED["docker"] else False
    print(
        json.dumps(
            {
                "files": {path: file(path) for path in WANTED["files"]},
                "sysctls": {key: sysctl(key) for key in WANTED["sysctls"]},
                "addresses": {device: addresses(device) for device in WANTED["devices"]},
                "routes": routes(),
                "docker_runs": runs,
                "networks": {name: network(name) for name in WANTED["networks"]} if runs else {},
                "labelled_networks": labelled_networks() if runs else [],
                "containers": containers(WANTED["containers"]) if runs else {},
                "labelled_containers": labelled_containers() if runs else [],
                "apps": {name: of_app(name) for name in WANTED["apps"]} if runs else {},
                "tables": {name: table(name, text) for name, text in WANTED["tables"].items()},
                "docker_filter": docker_filter(WANTED["docker_filter"]),
                "units": {name: unit(name) for name in WANTED["units"]},
                "pending": pending(),
                "engine_is_ours": (STATE / "engine.packages").is_file(),
                "hotplug": output("cloud-init", "devel", "hotplug-hook", "-s", "net", "query").strip()
                if WANTED["cloud_init"]
                else "",
                "foreign_filters": foreign_filters(),
            }
        )
    )


main()
