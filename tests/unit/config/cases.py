"""A config that is right, and the cases of tests/errors, each of which makes something in it wrong.

A case is a pair: `<case>.yaml` says which values differ from the right config (null takes one away), and
`<case>.txt` holds the exact message. `python tests/errors/regenerate.py` writes the messages anew; look at
`git diff tests/errors` before you believe them.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from components.config.parse import parse
from components.config.types import ConfigErrors
from components.host_keys import derive_host_key

FOLDER = Path(__file__).resolve().parents[2] / "errors"
KEY = derive_host_key("a seed that guards nothing", "tests", "key")
OTHER_KEY = derive_host_key("a seed that guards nothing", "tests", "another key")

WEB = {"name": "web", "image": "lab/web:1", "ports": ["80/tcp"]}
RIGHT: dict[str, Any] = {
    "sshFrom": ["2001:db8:fffe::/64"],
    "sshPrivateKey": KEY.private,
    "sshPublicKey": KEY.public,
    "hosts": [
        {"name": "host-1", "slot": 1, "containers": [WEB]},
        {"name": "host-2", "slot": 2},
    ],
}


def cases() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def config_of(case: str) -> dict[str, Any]:
    text = (FOLDER / f"{case}.yaml").read_text()
    differences = yaml.safe_load(text.replace("OTHER_PUBLIC_KEY", OTHER_KEY.public))
    values = {**deepcopy(RIGHT), **differences}
    return {key: value for key, value in values.items() if value is not None}


def message_of(case: str) -> str:
    try:
        parse(config_of(case))
    except ConfigErrors as errors:
        return f"{errors}\n"
    return "no error\n"
