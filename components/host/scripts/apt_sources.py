"""Where this host's packages come from, made reachable over IPv6, or named where that cannot be.

    apt_sources.py STORE STAGED TO [MIRROR]

Reads apt's sources, as they were found before STORE's step changed any, and those below the scratch root
STAGED. Writes them to the directory TO, with each name that has no IPv6 address replaced: by the name that
one of EC2's regional mirrors stands for, else by MIRROR. Prints those of the host's own files that differ, in
the form of the wanted text. What is left without an IPv6 address is named on standard error; the exit code
is 1.
"""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

SOURCES = "etc/apt/sources.list"
PARTS = "etc/apt/sources.list.d"
URI = re.compile(
    r"\b((?:mirror\+)?(?:https?|ftp))://([^@/\s\]]+@)?(\[[^\]\s]+\]|[^/:\s\]\"]+)(:\d+)?(/[^\s\]\"]*)?"
)
REGIONAL = re.compile(r"[a-z0-9-]+\.ec2\.(.+\..+)")
"""EC2's regional mirrors: REGION.ec2.NAME has what NAME has (Ubuntu's cloud images are set to them)."""

MIRROR = "packageMirror"
WAY_OUT = "give a mirror that has one with packageMirror, or take one in the image's own sources"
OWN_WAY_OUT = "take an address of these packages that has one in dockerRepository"

Reached = Literal["ipv6", "ipv4", "unknown"]
Lookup = Callable[[str], Reached]


class Source(NamedTuple):
    """An address of packages in a file of sources. `host`: its name, or a literal address in brackets."""

    path: str
    uri: str
    host: str


class Replacement(NamedTuple):
    """What became of the files: path to text. `problems`: one line for each source that stays unreachable."""

    files: dict[str, str]
    problems: list[str]


def lookup(host: str) -> Reached:
    """How a name or a literal address is reached; the resolver is asked for all its addresses."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError:
        return "unknown"
    families = {entry[0] for entry in found}
    return "ipv6" if socket.AF_INET6 in families else "ipv4"


def everything_is_reached(_: str) -> Reached:
    """In place of `lookup` where somebody else looks names up."""
    return "ipv6"


def sources_of(files: dict[str, str]) -> list[Source]:
    """The addresses in the files, comments and switched-off stanzas left out, each once."""
    found = [
        Source(path, match.group(), match.group(3))
        for path, text in files.items()
        for line in enabled_lines(text)
        for match in URI.finditer(line)
    ]
    return list(dict.fromkeys(found))


def enabled_lines(text: str) -> Iterable[str]:
    """The lines that count, in both forms of sources.list(5)."""
    for stanza in re.split(r"\n\s*\n", text):
        if not re.search(r"^Enabled:\s*(no|false|off)\s*$", stanza, re.MULTILINE | re.IGNORECASE):
            yield from (line for line in stanza.splitlines() if not line.lstrip().startswith("#"))


def with_host_replaced(uri: str, mirror: str) -> str:
    """The address at another mirror: one that is given without a path keeps the address's own path."""
    match, other = URI.fullmatch(uri), URI.fullmatch(mirror)
    if match is None or other is None:
        return uri
    path = match.group(5) or "/"
    return mirror if (other.group(5) or "/") != "/" else mirror.rstrip("/") + path


def replacement_of(source: Source, look_up: Lookup, mirror: str | None) -> str | None:
    """The address to take in place of one that has no IPv6; None when there is none."""
    regional = REGIONAL.fullmatch(source.host)
    if regional and look_up(regional.group(1)) == "ipv6":
        return source.uri.replace(source.host, regional.group(1), 1)
    if mirror:
        return with_host_replaced(source.uri, mirror)
    return None


def problem_of(source: Source, reached: Reached, way_out: str) -> str:
    """One line about a source that this host does not reach over IPv6."""
    where = f"{source.uri} ({source.path if source.path == MIRROR else '/' + source.path})"
    if reached == "unknown":
        return f"{where}: the name server of this host knows no address of {source.host}"
    return f"{where}: {source.host} has no IPv6 address, only an A record; {way_out}"


def reachable(files: dict[str, str], own: set[str], look_up: Lookup, mirror: str | None) -> Replacement:
    """The files with every unreachable address replaced where that can be.

    `own`: paths of files that this program brings; the mirror does not stand for what they name.
    """
    changed, problems = dict(files), list[str]()
    known: dict[str, Reached] = {source.host: look_up(source.host) for source in sources_of(files)}
    for source in sources_of(files):
        reached = known[source.host]
        if reached == "ipv6":
            continue
        other = replacement_of(source, look_up, None if source.path in own else mirror)
        if other is None:
            way_out = OWN_WAY_OUT if source.path in own else WAY_OUT
            problems.append(problem_of(source, reached, way_out))
        else:
            changed[source.path] = changed[source.path].replace(source.uri, other)
    if mirror and changed != files and (parts := URI.fullmatch(mirror)):
        reached = look_up(parts.group(3))
        if reached != "ipv6":
            source = Source(MIRROR, mirror, parts.group(3))
            problems.append(problem_of(source, reached, "take a mirror with an AAAA record"))
    return Replacement(changed, problems)


def read_below(root: Path, store: Path | None = None) -> dict[str, str]:
    """The files of sources below a root, without the leading slash; those that `store` has taken over as they
    were found.
    """
    manifest = store / "manifest.json" if store else None
    taken: dict[str, Any] = json.loads(manifest.read_text()) if manifest and manifest.exists() else {}
    files: dict[str, str] = {}
    parts = root / PARTS
    paths = [root / SOURCES, *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    for path in paths:
        name = str(path.relative_to(root))
        if f"/{name}" in taken:
            if store and taken[f"/{name}"]["found"]:
                files[name] = (store / "found" / name).read_text()
        elif path.exists():
            files[name] = path.read_text()
    return files


def has_proxy() -> bool:
    """Whether apt fetches through a proxy: names are then the proxy's business."""
    command = ["apt-config", "dump", "--format", "%v%n", "Acquire::http::Proxy", "Acquire::https::Proxy"]
    return bool(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())


def wanted(path: str, text: str) -> str:
    """A file in the form of the wanted text, with the mode that apt's files have."""
    marked = re.sub(r"^(\\*===)", r"\\\1", text, flags=re.MULTILINE)
    return f"=== /{path} 0644 root:root\n{marked}" + ("" if marked.endswith("\n") else "\n")


def main(store: Path, staged: Path, to: Path, mirror: str | None) -> int:
    """See above."""
    own = read_below(staged)
    files = {**read_below(Path("/"), store), **own}
    result = reachable(files, set(own), everything_is_reached if has_proxy() else lookup, mirror)
    for path, text in result.files.items():
        target = to / Path(path).relative_to("etc/apt")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if text != files[path]:
            sys.stdout.write(wanted(path, text))
    for problem in result.problems:
        print(problem, file=sys.stderr)
    return 1 if result.problems else 0


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:4]]
    sys.exit(main(paths[0], paths[1], paths[2], sys.argv[4] if len(sys.argv) > 4 else None))
