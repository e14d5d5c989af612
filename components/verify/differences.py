"""All differences between what was found on a host and what it should have. Pure."""

import json
from collections.abc import Iterable
from typing import Any, cast

from ..host.files import HostFile
from ..host.steps import INSTALL_DIRECTORY
from .difference import Difference, Mending, of_sets, of_texts
from .docker_differences import docker_differences
from .found import Found, FoundFile, FoundRules
from .network_differences import network_differences
from .wanted import DAEMON_JSON, Wanted

CLOUD_INIT: str = "cloud-init would configure the network again when an interface is attached"


def differences(wanted: Wanted, found: Found) -> list[Difference]:
    """All of them: files first, then what follows from files."""
    return [
        *_files(wanted, found),
        *of_sets(
            "kernel",
            "settings",
            (f"{key} = {found.sysctls.get(key, '')}" for key, _ in wanted.sysctls),
            (f"{key} = {value}" for key, value in wanted.sysctls),
        ),
        *network_differences(wanted, found),
        *_filters(wanted, found),
        *_units(wanted, found),
        *docker_differences(wanted, found),
        *_cloud_init(wanted, found),
        *of_sets("pending", "network changes", found.pending, (), _ending(found)),
    ]


def _files(wanted: Wanted, found: Found) -> Iterable[Difference]:
    for file in wanted.files:
        if file.path in wanted.engine_files and not found.engine_is_ours:
            continue  # Docker was there before: where its packages come from is left alone
        lines = _file_lines(file, found.files.get(file.path), hidden=file.path in wanted.hidden)
        if lines:
            yield Difference("file", file.path, lines)


def _file_lines(file: HostFile, there: FoundFile | None, *, hidden: bool) -> tuple[str, ...]:
    if file.content is None:
        return () if there is None else ("- is there, and should not be", *_content_lines(there, "", False))
    if there is None:
        return ("- is not there", *_content_lines(None, file.content, hidden or _is_script(file)))
    attributes = of_sets(
        "file",
        file.path,
        (f"mode {there.mode:04o}", f"owner {there.owner}"),
        (f"mode {file.mode:04o}", f"owner {file.owner}"),
    )
    lines = tuple(line for one in attributes for line in one.lines)
    if there.content == file.content.encode():
        return lines
    if file.path == DAEMON_JSON and (settings := _settings(there)) is not None:
        return (*lines, *_settings_lines(settings, json.loads(file.content)))
    return (*lines, *_content_lines(there, file.content, hidden or _is_script(file)))


def _is_script(file: HostFile) -> bool:
    return file.path.startswith(f"{INSTALL_DIRECTORY}/")


def _content_lines(there: FoundFile | None, wanted: str, hidden: bool) -> tuple[str, ...]:
    if there is not None and there.content is None:
        return ("- the content is too large to be shown",)
    if hidden:
        return () if there is None else ("- the content is another, and is not shown",)
    content = b"" if there is None else there.content or b""
    return of_texts(content.decode(errors="backslashreplace"), wanted)


def _settings(there: FoundFile) -> dict[str, Any] | None:
    try:
        read: Any = json.loads(there.content or b"")
    except ValueError:
        return None
    return cast("dict[str, Any]", read) if isinstance(read, dict) else None


def _settings_lines(found: dict[str, Any], wanted: dict[str, Any]) -> tuple[str, ...]:
    """Keys that somebody added to Docker's configuration are theirs."""
    return of_texts(json.dumps(found, indent=2), json.dumps({**found, **wanted}, indent=2))


def _filters(wanted: Wanted, found: Found) -> Iterable[Difference]:
    for table in wanted.tables:
        yield from _rules(f"table ip6 {table.name}", found.tables[table.name])
    if found.docker_filter is not None:
        rules = found.docker_filter
        yield from _rules("chain DUALSTACK before Docker's own", rules)
        if rules.found is not None and not rules.first:
            lines = ("- is not called first in DOCKER-USER", "+ -A DOCKER-USER -j DUALSTACK")
            yield Difference("filter", "chain DUALSTACK before Docker's own", lines)
    if not wanted.accepts_firewall:
        yield from of_sets("foreign filter", "before the containers", found.foreign_filters, (), "user")


def _rules(subject: str, rules: FoundRules) -> Iterable[Difference]:
    if rules.wanted is None:
        yield Difference("filter", subject, ("- the host's nft cannot read what is wanted",), "user")
    elif rules.found is None:
        yield Difference("filter", subject, ("- is not loaded", *of_texts("", rules.wanted)))
    elif lines := of_texts(rules.found, rules.wanted):
        yield Difference("filter", subject, lines)


def _units(wanted: Wanted, found: Found) -> Iterable[Difference]:
    for name, must_run in wanted.units:
        active, enabled = found.units[name]
        has = [f"is {enabled}", *([f"is {active}"] if must_run else [])]
        should = ["is enabled", *(["is active"] if must_run else [])]
        yield from of_sets("unit", name, has, should)


def _ending(found: Found) -> Mending:
    """A revert that failed waits for somebody."""
    return "itself" if all(one.startswith("a change of ") for one in found.pending) else "user"


def _cloud_init(wanted: Wanted, found: Found) -> Iterable[Difference]:
    """An older cloud-init has no such command and says nothing; then it has no hotplug either."""
    if wanted.keeps_cloud_init_away and found.hotplug == "enabled":
        yield Difference("cloud-init", "hotplug", (f"- enabled: {CLOUD_INIT}", "+ disabled"))
