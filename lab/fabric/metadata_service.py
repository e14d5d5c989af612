"""What the metadata service answers to a request, with its tokens. No I/O.

Rules are those of the Amazon EC2 user guide, "Use the Instance Metadata Service": a session token is had by
PUT with a lifetime of 1 to 21600 seconds, is good for one instance only, and is refused to requests that were
forwarded; the hop limit holds for the answer to that PUT.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock

from lab.fabric.model import MetadataAccess

VERSIONS = (
    "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12", "2014-02-25", "2014-11-05", "2015-10-20",
    "2016-04-19", "2016-06-30", "2016-09-02", "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01",
    "2020-10-27", "2021-01-03", "2021-03-23", "latest",
)  # fmt: skip
LONGEST_LIFE = 21600
"""Seconds."""
LIFE_HEADER = "x-aws-ec2-metadata-token-ttl-seconds"
TOKEN_HEADER = "x-aws-ec2-metadata-token"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `hop_limit` of its packets where that is limited."""

    status: HTTPStatus
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    hop_limit: int | None = None


@dataclass
class Tokens:
    """The tokens given out: for which instance, and until when (seconds of the caller's clock)."""

    _known: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    _lock: Lock = field(default_factory=Lock)

    def give(self, instance_id: str, seconds: int, now: float) -> str:
        """A new token; those whose life is over are forgotten."""
        token = secrets.token_urlsafe(40)
        with self._lock:
            self._known = {key: value for key, value in self._known.items() if value[1] > now}
            self._known[token] = (instance_id, now + seconds)
        return token

    def is_good(self, token: str, instance_id: str, now: float) -> bool:
        """Whether this instance got this token and it still lives."""
        with self._lock:
            holder, until = self._known.get(token, ("", 0.0))
        return holder == instance_id and now < until


def respond(
    access: MetadataAccess, tokens: Tokens, method: str, path: str, headers: Mapping[str, str], now: float
) -> Answer:
    """The answer to one request; header names in lower case, `now` in seconds of a steady clock."""
    if not access.enabled:
        return Answer(HTTPStatus.FORBIDDEN)
    if method == "PUT":
        return _give_token(access, tokens, path, headers, now)
    if method not in ("GET", "HEAD"):
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED)
    token = headers.get(TOKEN_HEADER)
    if token is None and access.token_required:
        return Answer(HTTPStatus.UNAUTHORIZED)
    if token is not None and not tokens.is_good(token, access.instance_id, now):
        return Answer(HTTPStatus.UNAUTHORIZED)
    return _read(access.tree, path)


def _give_token(
    access: MetadataAccess, tokens: Tokens, path: str, headers: Mapping[str, str], now: float
) -> Answer:
    if path != "/latest/api/token":
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED)
    if "x-forwarded-for" in headers:
        return Answer(HTTPStatus.FORBIDDEN)
    life = headers.get(LIFE_HEADER, "")
    if not life.isdecimal() or not 1 <= int(life) <= LONGEST_LIFE:
        return Answer(HTTPStatus.BAD_REQUEST)
    token = tokens.give(access.instance_id, int(life), now)
    return Answer(HTTPStatus.OK, token, (("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", life),), access.hop_limit)


def _read(tree: Mapping[str, str], path: str) -> Answer:
    version, _, rest = path.split("?")[0].lstrip("/").partition("/")
    if not version:
        return Answer(HTTPStatus.OK, "\n".join(VERSIONS))
    if version not in VERSIONS:
        return Answer(HTTPStatus.NOT_FOUND)
    wanted = rest.strip("/")
    text = tree.get(wanted) if wanted in tree else listing(tree, wanted)
    return Answer(HTTPStatus.NOT_FOUND) if text is None else Answer(HTTPStatus.OK, text)


def listing(tree: Mapping[str, str], folder: str) -> str | None:
    """The names in a folder, one a line, folders with a slash behind; None when there is no such folder."""
    start = f"{folder}/" if folder else ""
    if start in tree:
        return tree[start]
    below = [path.removeprefix(start) for path in tree if path.startswith(start)]
    entries = {name + ("/" if slash else "") for name, slash, _ in (path.partition("/") for path in below)}
    return "\n".join(sorted(entries)) if entries else None
